import type { IHttpRequestHelper, IHttpRequestOptions } from 'n8n-workflow';

import { MarketoApi } from '../../../credentials/MarketoApi.credentials';
import { startMarketoTwin } from '../../twins';

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

	it("takes the address by the name that n8n's own HTTP Request gives it, and answers by the same", async () => {
		const uri = 'https://123-abc-456.mktorest.com/rest/v1/leads.json';
		const request = await new MarketoApi().authenticate(CREDENTIAL, {
			uri,
		} as unknown as IHttpRequestOptions);
		expect(request).toEqual({ uri, headers: { Authorization: 'Bearer tok:int' } });
		const foreign = { uri: 'https://evil.example/rest/v1/leads.json' };
		await expect(
			new MarketoApi().authenticate(CREDENTIAL, foreign as unknown as IHttpRequestOptions),
		).rejects.toThrow(/evil\.example/);
	});

	it('refuses another host (it would get the token)', async () => {
		await expect(authenticate({ url: 'https://evil.example/rest/v1/leads.json' })).rejects.toThrow(
			/evil\.example/,
		);
	});

	it('refuses the own host without TLS (the token would travel in the clear)', async () => {
		const url = 'http://123-ABC-456.mktorest.com/rest/v1/leads.json';
		await expect(authenticate({ url })).rejects.toThrow(/http:\/\/123-abc-456/);
	});
});

describe("n8n's test of the credential", () => {
	let twin: Awaited<ReturnType<typeof startMarketoTwin>>;
	beforeAll(async () => {
		twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
	});
	afterAll(async () => await twin.close());

	/** Over fetch, as n8n does it; `calls` counts those to Marketo's REST API. */
	const calls: string[] = [];
	const helper = {
		helpers: {
			httpRequest: async ({ method, url, headers, body }: IHttpRequestOptions) => {
				if (url.includes('/rest/')) calls.push(`${method} ${new URL(url).pathname}`);
				const answer = await fetch(url, {
					method,
					headers: headers as Record<string, string>,
					body: body as string | undefined,
				});
				return { statusCode: answer.status, body: await answer.text() };
			},
		},
	} as unknown as IHttpRequestHelper;

	/** What n8n does: signs in, then lets the credential add its token to the request of the test. */
	const tested = async (clientId: string, clientSecret: string): Promise<string> => {
		const api = new MarketoApi();
		const credential = { endpoint: twin.url, clientId, clientSecret, accessToken: '' };
		const signedIn = await api.preAuthentication.call(helper, credential);
		const { baseURL: _pasted, ...request } = api.test.request;
		try {
			const sent = await api.authenticate({ ...credential, ...signedIn }, {
				...request,
				url: String(request.url),
			} as IHttpRequestOptions);
			expect(Object.keys(sent.headers!)).toEqual(['Authorization']);
			return 'OK';
		} catch (error) {
			return (error as Error).message;
		}
	};

	it.each([
		['lead-read', 'lacks: Read-Only Lead, Read-Write Lead. Select them'],
		['lead-write', 'lacks: Read-Write Lead. Select them'],
		['activity-read', 'lacks: Read-Only Activity, Read-Write Activity. Select them'],
		['activity-write', 'lacks: Read-Write Activity. Select them'],
		[
			'activity-metadata-read',
			'lacks: Read-Only Activity Metadata, Read-Write Activity Metadata. Select them',
		],
		['activity-metadata-write', 'lacks: Read-Write Activity Metadata. Select them'],
		['schema-custom-field', 'lacks: Read-Write Schema Custom Field. Select them'],
	])('names each permission that is missing: without %s', async (lacking, words) => {
		expect(await tested(`without-${lacking}`, `secret-without-${lacking}`)).toContain(words);
	});

	it('is content with a role that has what the sync needs, and changes nothing in Marketo', async () => {
		expect(await tested(twin.clientId, twin.clientSecret)).toBe('OK');
		expect(await tested('without-asset', 'secret-without-asset')).toBe('OK');
	});

	it('asks for no permission where a token is renewed in the course of work (calls are what people pay with)', async () => {
		calls.length = 0;
		const { missingPermissions } = await new MarketoApi().preAuthentication.call(helper, {
			endpoint: twin.url,
			clientId: twin.clientId,
			clientSecret: twin.clientSecret,
			accessToken: '',
			tokenExpiresAt: '1767225600000',
		});
		expect([calls, missingPermissions]).toEqual([[], undefined]);
	});

	it('says in words that Marketo cannot be reached', async () => {
		const nobody = { ...CREDENTIAL, endpoint: 'http://127.0.0.1:49151' };
		await expect(new MarketoApi().preAuthentication.call(helper, nobody)).rejects.toThrow(
			'Could not reach 127.0.0.1:49151: it refuses the connection',
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

	it('does not call a refusal with HTTP 200 a success, nor an answer that is not of Marketo', () => {
		expect(test.rules![0]!.type).toBe('responseSuccessBody');
		const messages = Object.fromEntries(
			test.rules!.map(({ properties }) => [
				`${'key' in properties ? properties.key : ''}=${String('value' in properties && properties.value)}`,
				properties.message,
			]),
		);
		expect(messages['errors[0].code=601']).toContain('token is not accepted');
		expect(messages['success=false']).toBeDefined();
		expect(messages['success=undefined']).toContain("not Marketo's REST API");
	});
});
