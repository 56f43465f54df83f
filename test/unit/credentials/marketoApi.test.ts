import type { IHttpRequestHelper, IHttpRequestOptions } from 'n8n-workflow';

import { MarketoApi } from '../../../credentials/MarketoApi.credentials';

const CREDENTIAL = {
	endpoint: '123-ABC-456.mktorest.com/rest/',
	clientId: 'id',
	clientSecret: 'hush',
	accessToken: 'tok:int',
};

function helperThat(answers: unknown): { helper: IHttpRequestHelper; seen: IHttpRequestOptions[] } {
	const seen: IHttpRequestOptions[] = [];
	const httpRequest = async (options: IHttpRequestOptions): Promise<unknown> => {
		seen.push(options);
		return answers;
	};
	return { helper: { helpers: { httpRequest } } as IHttpRequestHelper, seen };
}

describe('MarketoApi.preAuthentication', () => {
	it('gives the token and when it ends, as text that n8n can store', async () => {
		const { helper, seen } = helperThat({
			statusCode: 200,
			body: { access_token: 'new', expires_in: 3_600 },
		});
		const before = Date.now();
		const { accessToken, tokenExpiresAt } = await new MarketoApi().preAuthentication.call(
			helper,
			CREDENTIAL,
		);
		expect(accessToken).toBe('new');
		expect(Number(tokenExpiresAt)).toBeGreaterThanOrEqual(before + 3_600_000);
		expect(seen[0]).toMatchObject({ method: 'POST', disableFollowRedirect: true });
		expect(JSON.stringify([seen[0]!.url, seen[0]!.headers, seen[0]!.qs])).not.toContain('hush');
	});
});

describe('MarketoApi.authenticate', () => {
	const authenticate = async (request: Partial<IHttpRequestOptions>) =>
		await new MarketoApi().authenticate(CREDENTIAL, { url: '', ...request });

	it('puts the token in a header, never in the address', async () => {
		const { url, headers } = await authenticate({ url: '/rest/v1/leads.json' });
		expect(headers).toMatchObject({ Authorization: 'Bearer tok:int' });
		expect(url).toBe('https://123-abc-456.mktorest.com/rest/v1/leads.json');
	});

	it('puts the pasted base address of the test request in order', async () => {
		const request = await authenticate({ baseURL: CREDENTIAL.endpoint, url: '/rest/v1/x.json' });
		expect(request.url).toBe('https://123-abc-456.mktorest.com/rest/v1/x.json');
		expect(request.baseURL).toBeUndefined();
	});

	it('refuses another host (it would get the token)', async () => {
		await expect(authenticate({ url: 'https://evil.example/rest/v1/leads.json' })).rejects.toThrow(
			/evil\.example/,
		);
	});
});

describe('MarketoApi', () => {
	const { properties, test } = new MarketoApi();

	it('masks every secret', () => {
		for (const name of ['clientSecret', 'accessToken', 'tokenExpiresAt']) {
			expect(properties.find((property) => property.name === name)!.typeOptions).toMatchObject({
				password: true,
			});
		}
	});

	it('lets n8n renew the token by itself', () => {
		const token = properties.find(({ name }) => name === 'accessToken')!;
		expect(token.typeOptions).toMatchObject({ expirable: true });
	});

	it('does not call a refusal with HTTP 200 a success, and names the permission first', () => {
		expect(test.rules![0]!.type).toBe('responseSuccessBody');
		const messages = Object.fromEntries(
			test.rules!.map(({ properties }) => [
				`${'key' in properties ? properties.key : ''}=${String('value' in properties && properties.value)}`,
				properties.message,
			]),
		);
		expect(messages['errors[0].code=603']).toContain('Read-Only Lead');
		expect(messages['success=false']).toBeDefined();
		expect(test.rules!.at(-1)!.properties).toMatchObject({ key: 'success', value: false });
	});
});
