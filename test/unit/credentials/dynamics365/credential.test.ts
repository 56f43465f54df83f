import { createPrivateKey } from 'crypto';

import type { IHttpRequestHelper, IHttpRequestOptions } from 'n8n-workflow';

import type { SignInFailed } from '../../../../apis/wire/signIn';
import { MicrosoftDynamics365Api } from '../../../../credentials/MicrosoftDynamics365Api.credentials';
import { selfSigned } from './selfSigned';
import { startTokenServer, type TokenServer } from './tokenServer';

let server: TokenServer;
beforeEach(async () => {
	server = await startTokenServer();
});
afterEach(async () => await server.close());

/** What n8n hands to the credential: an HTTP helper, here over fetch. */
const helper = {
	helpers: {
		httpRequest: async (options: IHttpRequestOptions) => {
			const response = await fetch(options.url, {
				method: options.method,
				headers: options.headers as Record<string, string>,
				body: options.body as string | undefined,
			});
			return {
				statusCode: response.status,
				headers: Object.fromEntries(response.headers),
				body: await response.text(),
			};
		},
	},
} as IHttpRequestHelper;

const data = (more: Record<string, string> = {}) => ({
	environmentUrl: server.url,
	signInWith: 'clientSecret',
	tenantId: '9c0ffee0-1234-4321-abcd-0123456789ab',
	clientId: 'client',
	clientSecret: 'hush-hush',
	cloud: 'custom',
	authorityUrl: '',
	tokenUrl: server.tokenUrl,
	...more,
});

const signIn = async (more: Record<string, string> = {}, by: IHttpRequestHelper = helper) =>
	await new MicrosoftDynamics365Api().preAuthentication.call(by, data(more));

const refusal = async (more: Record<string, string> = {}, by: IHttpRequestHelper = helper) =>
	(await signIn(more, by).then(
		() => Promise.reject(new Error('signed in')),
		(error: unknown) => error,
	)) as SignInFailed;

const entraSays = (number: number, error = 'invalid_client') => {
	server.answer = {
		status: number === 90033 ? 503 : 401,
		body: {
			error,
			error_description: `AADSTS${number}: words of Entra about hush-hush. Trace ID: 1 Timestamp: 2026-01-01 00:00:00Z`,
			error_codes: [number],
			timestamp: '2026-01-01 00:00:00Z',
			trace_id: '1',
			correlation_id: '2',
		},
	};
};

describe('signing in', () => {
	it('gets a token with a client secret in one request, for the environment itself', async () => {
		const before = Date.now();
		const token = await signIn();
		expect(token.accessToken).toBe('the-token');
		expect(Number(token.tokenExpiresAt)).toBeGreaterThan(before + 3_500_000);
		expect(server.asked).toHaveLength(1);
		const { form } = server.asked[0]!;
		expect(form.get('grant_type')).toBe('client_credentials');
		expect(form.get('scope')).toBe(`${server.url}/.default`);
		expect(form.get('client_secret')).toBe('hush-hush');
	});

	it('asks for a new token each time (n8n is the cache, and asks only when it needs one)', async () => {
		await signIn();
		await signIn();
		expect(server.asked).toHaveLength(2);
	});

	it('asks for the scope of the plain environment, however its URL was pasted', async () => {
		const asked: IHttpRequestOptions[] = [];
		const recording = {
			helpers: {
				httpRequest: async (options: IHttpRequestOptions) => {
					asked.push(options);
					return {
						statusCode: 200,
						headers: {},
						body: '{"token_type":"Bearer","expires_in":3599,"access_token":"t","value":[]}',
					};
				},
			},
		} as IHttpRequestHelper;
		await signIn(
			{ environmentUrl: 'contoso.api.crm4.dynamics.com/api/data/v9.2', cloud: 'public' },
			recording,
		);
		expect(new URLSearchParams(String(asked[0]!.body)).get('scope')).toBe(
			'https://contoso.crm4.dynamics.com/.default',
		);
	});

	it.each([
		['public', 'login.microsoftonline.com'],
		['usGovernment', 'login.microsoftonline.us'],
		['china', 'login.partner.microsoftonline.cn'],
	])('goes to the sign-in of the cloud: %s', async (cloud, host) => {
		const urls: string[] = [];
		const recording = {
			helpers: {
				httpRequest: async (options: IHttpRequestOptions) => {
					urls.push(options.url);
					return {
						statusCode: 200,
						headers: {},
						body: '{"token_type":"Bearer","expires_in":3599,"access_token":"t","value":[]}',
					};
				},
			},
		} as IHttpRequestHelper;
		await signIn({ environmentUrl: 'https://contoso.crm.dynamics.com', cloud }, recording);
		expect(urls[0]).toMatch(
			new RegExp(
				`^https://${host.replace(/\./g, '\\.')}/9c0ffee0-1234-4321-abcd-0123456789ab/oauth2/v2\\.0/token`,
			),
		);
		expect(urls).toHaveLength(2);
	});

	it('signs in with a certificate: an assertion, and no secret', async () => {
		const { certificate, privateKey } = selfSigned();
		await signIn({ signInWith: 'certificate', clientSecret: '', certificate, privateKey });
		const { form } = server.asked[0]!;
		expect(form.get('client_secret')).toBeNull();
		const header = JSON.parse(
			Buffer.from(form.get('client_assertion')!.split('.')[0]!, 'base64url').toString(),
		) as Record<string, unknown>;
		expect(header).toMatchObject({ alg: 'PS256', 'x5t#S256': expect.any(String) as string });
	});

	it('takes a certificate and an encrypted key whose line breaks got lost', async () => {
		const { certificate, privateKey } = selfSigned();
		const encrypted = createPrivateKey(privateKey)
			.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
			.toString();
		await signIn({
			signInWith: 'certificate',
			certificate: certificate.replace(/\n/g, ' '),
			privateKey: encrypted.replace(/\n/g, '\\n'),
			passphrase: 'open sesame',
		});
		expect(server.asked).toHaveLength(1);
	});

	it('signs in as a user, with and without a secret of the application', async () => {
		const user = { signInWith: 'password', username: 'sync@contoso.com', password: ' pass word ' };
		await signIn({ ...user, clientSecret: '' });
		await signIn(user);
		const [without, having] = server.asked.map(({ form }) => form);
		expect(without!.get('grant_type')).toBe('password');
		expect(without!.get('password')).toBe(' pass word ');
		expect(without!.get('scope')).toContain(`${server.url}/user_impersonation`);
		expect(without!.get('client_secret')).toBeNull();
		expect(having!.get('client_secret')).toBe('hush-hush');
	});
});

describe('what the test of the credential says', () => {
	it.each([
		[7000215, 'The client secret is wrong'],
		[7000222, 'The client secret has expired'],
		[90002, 'There is no such tenant'],
		[900023, 'There is no such tenant'],
		[700016, 'The tenant does not know this client ID'],
		[500011, 'The tenant does not know this environment'],
		[65001, 'consent'],
		[50126, 'The user name or the password is wrong'],
		[50076, 'second factor'],
		[53003, 'conditional access'],
		[700027, 'does not know this certificate'],
		[123456, 'AADSTS123456'],
	])('AADSTS%i: %s', async (number, words) => {
		entraSays(number);
		const error = await refusal();
		expect(error.message).toContain(words);
		expect(error.message.length).toBeGreaterThan(error.reason.length);
		expect(error.transient).toBe(false);
	});

	it('never repeats what Entra wrote, nor a secret', async () => {
		entraSays(123456);
		const error = await refusal();
		expect(`${error.message} ${error.remedy} ${error.stack}`).not.toMatch(
			/hush-hush|words of Entra/,
		);
	});

	it('knows a busy or unreachable service from a wrong credential', async () => {
		entraSays(90033);
		expect((await refusal()).transient).toBe(true);
		server.answer = { status: 502, body: '<html>Bad Gateway</html>' };
		expect((await refusal()).transient).toBe(true);
		const error = await refusal({ tokenUrl: 'http://127.0.0.1:49151/tenant/oauth2/v2.0/token' });
		expect(error.transient).toBe(true);
		expect(error.message).toContain(
			'Could not reach the sign-in service: it refuses the connection',
		);
	});

	it.each([
		[403, '0x80072560', 'The user is not a member of the organization.', /no application user/],
		[403, '0x80042f09', 'The user has not been assigned any roles.', /no security role/],
		[
			403,
			'0x80040220',
			'Principal user (Id=1, type=8, roleCount=0, privilegeCount=0), is missing prvReadContact privilege',
			/no security role/,
		],
		[401, '', '', /does not accept the token/],
	])(
		'asks the environment whether it lets the user in: HTTP %i %s',
		async (status, code, message, words) => {
			server.environment = { status, body: { error: { code, message } } };
			expect((await refusal()).message).toMatch(words);
		},
	);

	it.each([
		['another page', 200, '<html>Welcome to nginx</html>'],
		['another API', 200, { status: 'ok' }],
		['nothing', 200, ''],
		['a site without such a page', 404, '<html>Not Found</html>'],
		['a sign-in page that it redirects to', 302, ''],
	])('tells Dynamics from anything else that answers: %s', async (_what, status, body) => {
		server.environment = { status, body };
		const error = await refusal();
		expect(error.message).toContain(
			`What answers at ${server.url} is not a Dynamics 365 environment`,
		);
		expect(error.transient).toBe(false);
	});

	it.each([
		['it refuses the connection', { code: 'ECONNREFUSED' }],
		['there is no host of this name', { code: 'ENOTFOUND' }],
		['it does not speak HTTPS', { code: 'EPROTO' }],
		['it did not answer in time', { code: 'ECONNABORTED' }],
		['its certificate is not trusted', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
		['n8n blocks the request', {}],
	])('says in words that the environment cannot be reached: %s', async (words, more) => {
		const { httpRequest } = helper.helpers;
		const broken = {
			helpers: {
				httpRequest: async (options: IHttpRequestOptions) => {
					if (options.method === 'POST') return (await httpRequest(options)) as unknown;
					throw Object.assign(new Error('Bearer the-token was on its way'), more);
				},
			},
		} as IHttpRequestHelper;
		const error = await refusal({}, broken);
		expect(error.message).toContain(`Could not reach ${new URL(server.url).host}: ${words}`);
		expect(error.message).not.toContain('the-token');
		// Worth another try when it happens in the course of work.
		expect(error.transient).toBe(true);
	});

	it.each([
		[
			'a role that may not read contacts',
			403,
			{
				error: { code: '0x80040220', message: 'roleCount=1 … is missing prvReadContact privilege' },
			},
		],
		['an environment that is down for a moment', 503, ''],
	])('does not stumble over %s', async (_what, status, body) => {
		server.environment = { status, body };
		await expect(signIn()).resolves.toMatchObject({ accessToken: 'the-token' });
	});

	it.each([
		[{ environmentUrl: '' }, /environment URL is missing/],
		[{ environmentUrl: 'contoso' }, /"contoso" is not an environment URL/],
		[{ tenantId: '' }, /tenant is missing/],
		[{ tenantId: 'common' }, /"common" is not a tenant/],
		[{ tenantId: 'a/b?c' }, /not a tenant/],
		[{ clientId: ' ' }, /'Client ID' is empty/],
		[{ clientSecret: '' }, /'Client Secret' is empty/],
		[{ signInWith: 'password', username: 'u', password: '' }, /'Password' is empty/],
		[{ tokenUrl: 'http://login.example.com/token' }, /Token Endpoint/],
		[{ authorityUrl: 'not a url' }, /Authority/],
		[
			{ signInWith: 'certificate', certificate: 'x', privateKey: 'y' },
			/certificate cannot be read/,
		],
	])('names the field that cannot be used: %j', async (more, words) => {
		expect((await refusal(more as unknown as Record<string, string>)).message).toMatch(words);
		expect(server.asked).toHaveLength(0);
	});

	it('tells a key that does not belong to the certificate', async () => {
		const { certificate } = selfSigned();
		const { privateKey } = selfSigned();
		const error = await refusal({ signInWith: 'certificate', certificate, privateKey });
		expect(error.message).toContain('does not belong to the certificate');
	});

	it('tells a wrong passphrase, without a word of the key', async () => {
		const { certificate, key } = selfSigned();
		const privateKey = key
			.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })
			.toString();
		const error = await refusal({
			signInWith: 'certificate',
			certificate,
			privateKey,
			passphrase: 'wrong',
		});
		expect(error.message).toContain("'Passphrase'");
	});
});

describe('authenticate', () => {
	const authenticate = async (
		options: IHttpRequestOptions,
		environmentUrl = 'contoso.crm4.dynamics.com',
	) =>
		await new MicrosoftDynamics365Api().authenticate({ environmentUrl, accessToken: 't' }, options);

	it('sends the test to the environment, however its URL was pasted', async () => {
		const request = await authenticate({
			baseURL: 'contoso.crm4.dynamics.com',
			url: '/api/data/v9.2/WhoAmI',
		});
		expect(request.url).toBe('https://contoso.crm4.dynamics.com/api/data/v9.2/WhoAmI');
		expect(request.baseURL).toBeUndefined();
		expect(request.headers).toMatchObject({ Authorization: 'Bearer t' });
	});

	it("takes the address by the name that n8n's own HTTP Request gives it, and answers by the same", async () => {
		const uri = 'https://contoso.crm4.dynamics.com/api/data/v9.2/leads';
		expect(await authenticate({ uri } as unknown as IHttpRequestOptions)).toEqual({
			uri,
			headers: { Authorization: 'Bearer t' },
		});
		await expect(
			authenticate({ uri: 'https://evil.example/api' } as unknown as IHttpRequestOptions),
		).rejects.toThrow(/evil\.example/);
	});

	it('takes both hosts of the environment and no other (it would get the token)', async () => {
		await expect(
			authenticate({ url: 'https://contoso.api.crm4.dynamics.com/api/data/v9.2/leads' }),
		).resolves.toMatchObject({ headers: { Authorization: 'Bearer t' } });
		await expect(authenticate({ url: 'https://evil.example/api' })).rejects.toThrow(
			/evil\.example/,
		);
	});
});
