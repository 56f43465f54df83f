import { ConfidentialClientApplication } from '@azure/msal-node';
import {
	SPECIAL_APPS,
	SYNC_USER_ID,
	personId,
	personName,
} from '../../../twins/dynamics/principals';
import { startClient, type Client } from './client';

describe('signing in and rights', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient({ leads: 5, contacts: 5 });
	});

	afterAll(async () => {
		await client.twin.close();
	});

	const special = (name: string) => {
		const app = SPECIAL_APPS.find((one) => one.secret === name)!;
		return { client_id: app.key, client_secret: app.secret };
	};

	it("lets Microsoft's own library sign in over plain HTTP", async () => {
		const { twin } = client;
		const host = 'https://login.test.local';
		const app = new ConfidentialClientApplication({
			auth: {
				clientId: twin.clientId,
				clientSecret: twin.clientSecret,
				authority: `${host}/${twin.tenantId}`,
				knownAuthorities: ['login.test.local'],
				authorityMetadata: JSON.stringify({
					issuer: `${host}/${twin.tenantId}/v2.0`,
					token_endpoint: twin.tokenUrl,
					authorization_endpoint: `${twin.url}/authorize`,
					jwks_uri: `${twin.url}/keys`,
					end_session_endpoint: `${twin.url}/logout`,
				}),
			},
		});
		const result = await app.acquireTokenByClientCredential({ scopes: [`${twin.url}/.default`] });
		const who = await client.call('GET', 'WhoAmI', undefined, {
			Authorization: `Bearer ${result!.accessToken}`,
		});
		expect(who.json.UserId).toBe(SYNC_USER_ID);
	});

	it.each([
		['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
		['an expired secret', special('expired-secret'), 401, 'invalid_client', 7000222],
		['an unknown application', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
		[
			'another environment',
			{ scope: 'https://other.crm.dynamics.com/.default' },
			400,
			'invalid_resource',
			500011,
		],
		['a scope that is none', { scope: 'User.Read' }, 400, 'invalid_scope', 1002012],
		[
			'a wrong password',
			{ grant_type: 'password', username: personName(1), password: 'x' },
			400,
			'invalid_grant',
			50126,
		],
		[
			'a malformed assertion',
			{ client_secret: '', client_assertion: 'x' },
			401,
			'invalid_client',
			50027,
		],
	])('refuses %s as Entra does', async (_, form, status, error, number) => {
		const answer = await client.signIn(form as Record<string, string>);
		expect(answer.status).toBe(status);
		expect(answer.json).toMatchObject({
			error,
			error_codes: [number],
			error_description: expect.stringMatching(
				new RegExp(`^AADSTS${number}: .*Trace ID: .* Timestamp: `),
			),
		});
	});

	it("can be made to refuse a sign-in by the number of Entra's error", async () => {
		await client.admin('POST', 'fail', { match: { path: '/oauth2/' }, code: '53003', status: 400 });
		const answer = await client.signIn();
		expect([answer.status, answer.json.error_codes]).toEqual([400, [53003]]);
	});

	it('knows no other tenant', async () => {
		const url = client.twin.tokenUrl.replace(client.twin.tenantId, 'contoso.example');
		const response = await fetch(url, {
			method: 'POST',
			body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'x' }),
		});
		expect(await response.json()).toMatchObject({ error: 'invalid_request', error_codes: [90002] });
	});

	it('answers a missing or expired token with 401 and says where to sign in', async () => {
		await client.signIn();
		await client.admin('POST', 'expire', { what: 'accessToken' });
		const answer = await client.call('GET', 'WhoAmI');
		expect(answer.status).toBe(401);
		expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer authorization_uri=http/);
		await client.signIn();
		await client.admin('POST', 'clock', { advanceSeconds: 3600 });
		expect((await client.call('GET', 'WhoAmI')).status).toBe(401);
	});

	it('is the organization that it was started as, in functions and rows', async () => {
		const organizationId = '22222222-aaaa-4bbb-8ccc-000000000044';
		const other = await startClient({ organizationId });
		const [who, current, rows] = await Promise.all([
			other.call('GET', 'WhoAmI'),
			other.call(
				'GET',
				"RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')",
			),
			other.call('GET', 'organizations?$select=organizationid'),
		]);
		await other.twin.close();
		expect([
			who.json.OrganizationId,
			current.json.Detail.OrganizationId,
			rows.json.value[0].organizationid,
		]).toEqual([organizationId, organizationId, organizationId]);
		await client.signIn();
		expect((await client.call('GET', 'WhoAmI')).json.OrganizationId).toBe(
			'0a64a017-0000-4000-8000-000000000001',
		);
	});

	it('answers an application without a user with 403', async () => {
		await client.signIn(special('no-user'));
		const answer = await client.call('GET', 'WhoAmI');
		expect([answer.status, answer.json.error]).toEqual([
			403,
			{ code: '0x80072560', message: 'The user is not a member of the organization.' },
		]);
	});

	it.each([
		['no-role', 'GET', 'leads?$top=1', undefined, 'prvReadLead'],
		['read-only', 'POST', 'leads', { lastname: 'x' }, 'prvCreateLead'],
		['no-contact', 'GET', 'contacts?$top=1', undefined, 'prvReadContact'],
	])('names the privilege that %s lacks', async (app, method, path, body, privilege) => {
		await client.signIn(special(app));
		const answer = await client.call(method, path, body);
		expect(answer.status).toBe(403);
		expect(answer.json.error.code).toBe('0x80040220');
		expect(answer.json.error.message).toMatch(
			new RegExp(
				`^Principal user \\(Id=[0-9a-f-]{36}, type=8, .*is missing ${privilege} privilege \\(Id=[0-9a-f-]{36}\\) on OTC=\\d+ for entity`,
			),
		);
	});

	it('tells the user of a change by who signed in', async () => {
		await client.signIn();
		const made = await client.call(
			'POST',
			'leads',
			{ lastname: 'x' },
			{ Prefer: 'return=representation' },
		);
		const path = `leads(${made.json.leadid})`;
		expect(made.json._modifiedby_value).toBe(SYNC_USER_ID);
		await client.signIn({
			grant_type: 'password',
			username: personName(2),
			password: 'twin-password',
		});
		await client.call('PATCH', path, { jobtitle: 'y' });
		const row = await client.call('GET', `${path}?$select=_modifiedby_value,_createdby_value`);
		expect(row.json).toMatchObject({
			_modifiedby_value: personId(2),
			_createdby_value: SYNC_USER_ID,
		});
	});

	it('acts for somebody else when it may', async () => {
		await client.signIn();
		const made = await client.call(
			'POST',
			'leads',
			{ lastname: 'x' },
			{
				MSCRMCallerID: personId(3),
				Prefer: 'return=representation',
			},
		);
		expect(made.json).toMatchObject({
			_createdby_value: personId(3),
			_createdonbehalfby_value: SYNC_USER_ID,
		});
		await client.signIn(special('read-only'));
		const refused = await client.call('GET', 'WhoAmI', undefined, { MSCRMCallerID: personId(3) });
		expect(refused.json.error.message).toContain('prvActOnBehalfOfAnotherUser');
	});

	it('takes new users with any privilege missing', async () => {
		await client.admin('POST', 'principal', {
			clientId: 'extra',
			clientSecret: 'extra',
			userId: personId(4),
			lacks: ['prvDeleteLead'],
		});
		await client.signIn({ client_id: 'extra', client_secret: 'extra' });
		const made = await client.call(
			'POST',
			'leads',
			{ lastname: 'x' },
			{ Prefer: 'return=representation' },
		);
		const answer = await client.call('DELETE', `leads(${made.json.leadid})`);
		expect(answer.json.error.message).toContain('prvDeleteLead');
	});
});

describe('service protection limits', () => {
	let client: Client;

	beforeEach(async () => {
		client = await startClient({ leads: 1, contacts: 1 });
	});

	afterEach(async () => {
		await client.twin.close();
	});

	it('allows so many requests in a sliding window', async () => {
		await client.admin('POST', 'limits', { requests: 3, windowSeconds: 10 });
		for (let call = 0; call < 3; call++)
			expect((await client.call('GET', 'WhoAmI')).status).toBe(200);
		const answer = await client.call('GET', 'WhoAmI');
		expect(answer.status).toBe(429);
		expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
		expect(answer.json.error).toEqual({
			code: '0x80072322',
			message: 'Number of requests exceeded the limit of 3 over time window of 10 seconds.',
		});
		await client.admin('POST', 'clock', { advanceSeconds: 11 });
		expect((await client.call('GET', 'WhoAmI')).status).toBe(200);
	});

	it('limits calls at the same time', async () => {
		await client.admin('POST', 'limits', { concurrency: 2 });
		await client.admin('DELETE', 'calls');
		await client.admin('POST', 'fail', { match: {}, times: 2, hold: true });
		const held = [client.call('GET', 'WhoAmI'), client.call('GET', 'WhoAmI')];
		while ((await client.admin('GET', 'calls')).json.total < 2) {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		const refused = await client.call('GET', 'WhoAmI');
		expect(refused.status).toBe(429);
		expect(refused.json.error).toEqual({
			code: '0x80072326',
			message: 'Number of concurrent requests exceeded the limit of 2.',
		});
		expect(refused.headers.get('retry-after')).toBe('1');
		await client.admin('POST', 'release');
		expect((await Promise.all(held)).map((answer) => answer.status)).toEqual([200, 200]);
		expect((await client.call('GET', 'WhoAmI')).status).toBe(200);
	});

	it('tells how much is left and how many calls at a time are advised', async () => {
		const answer = await client.call('GET', 'WhoAmI');
		expect(answer.headers.get('x-ms-dop-hint')).toBe('4');
		await client.admin('POST', 'limits', { dopHint: 9 });
		expect((await client.call('GET', 'WhoAmI')).headers.get('x-ms-dop-hint')).toBe('9');
		expect(answer.headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('5999');
	});
});

describe('reset', () => {
	it('puts data, plug-ins and limits back; tokens go on', async () => {
		const client = await startClient({ leads: 3, contacts: 1 });
		try {
			await client.admin('POST', 'plugin', { table: 'lead', column: 'lastname', do: 'refuse' });
			await client.admin('POST', 'limits', { requests: 5 });
			await client.call('POST', 'contacts', { lastname: 'extra' });
			await client.admin('POST', 'reset');
			expect((await client.call('GET', 'contacts/$count')).text).toBe('1');
			expect((await client.call('POST', 'leads', { lastname: 'x' })).status).toBe(204);
			expect((await client.admin('GET', 'limits')).json.requests).toBe(6000);
		} finally {
			await client.twin.close();
		}
	});
});
