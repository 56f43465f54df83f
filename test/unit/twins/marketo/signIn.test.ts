import { type Loose, startTestTwin, type TestTwin } from './support';

interface TokenAnswer {
	access_token: string;
	token_type: string;
	expires_in: number;
	scope: string;
}

describe('signing in to the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin({ count: 3 });
	});
	afterAll(async () => await api.twin.close());

	const credentials = () =>
		new URLSearchParams({
			grant_type: 'client_credentials',
			client_id: api.twin.clientId,
			client_secret: api.twin.clientSecret,
		});
	const identity = async (init?: RequestInit, query = '') =>
		await fetch(`${api.twin.url}/identity/oauth/token${query}`, init);
	const withToken = async (token: string) => {
		const answer = await fetch(`${api.twin.url}/rest/v1/leads/partitions.json`, {
			headers: { Authorization: `Bearer ${token}` },
		});
		return { status: answer.status, body: (await answer.json()) as Loose };
	};

	it('gives the same token with what is left of its hour to query and form alike', async () => {
		const byQuery = (await (await identity({}, `?${credentials()}`)).json()) as TokenAnswer;
		await api.admin('clock', { advanceSeconds: 600 });
		const byForm = (await (
			await identity({ method: 'POST', body: credentials() })
		).json()) as TokenAnswer;
		expect(byQuery.token_type).toBe('bearer');
		expect(byQuery.scope).toContain('@');
		expect(byForm.access_token).toBe(byQuery.access_token);
		expect(byForm.expires_in).toBeLessThanOrEqual(2999);
		expect(byForm.expires_in).toBeGreaterThan(2900);
	});

	it('answers 401 in OAuth form to a wrong secret and to an unknown service', async () => {
		for (const [name, value] of [
			['client_secret', 'wrong'],
			['client_id', 'nobody'],
		] as const) {
			const query = credentials();
			query.set(name, value);
			const answer = await identity({}, `?${query}`);
			expect(answer.status).toBe(401);
			const body = (await answer.json()) as Record<string, string>;
			expect(body.error).toBe('unauthorized');
			expect(body.error_description).toBeTruthy();
		}
	});

	it('refuses another grant type with 400', async () => {
		const query = credentials();
		query.set('grant_type', 'password');
		expect((await identity({}, `?${query}`)).status).toBe(400);
	});

	it('answers 603 without a token, 601 to an unknown one, both with HTTP 200', async () => {
		const none = await fetch(`${api.twin.url}/rest/v1/leads/partitions.json`);
		expect(none.status).toBe(200);
		expect(((await none.json()) as Loose).errors[0].code).toBe('603');
		const unknown = await withToken('no-such-token');
		expect(unknown.status).toBe(200);
		expect(unknown.body).toMatchObject({
			success: false,
			errors: [{ code: '601', message: 'Access token invalid' }],
		});
	});

	it('answers 602 once the hour is over and then gives a new token', async () => {
		const before = (await (await identity({}, `?${credentials()}`)).json()) as TokenAnswer;
		expect((await withToken(before.access_token)).body.success).toBe(true);
		await api.admin('clock', { advanceSeconds: 3600 });
		expect((await withToken(before.access_token)).body.errors[0].code).toBe('602');
		const after = (await (await identity({}, `?${credentials()}`)).json()) as TokenAnswer;
		expect(after.access_token).not.toBe(before.access_token);
		expect((await withToken(after.access_token)).body.success).toBe(true);
	});

	it('expires tokens on demand', async () => {
		const before = (await (await identity({}, `?${credentials()}`)).json()) as TokenAnswer;
		await api.admin('expire', { what: 'accessToken' });
		expect((await withToken(before.access_token)).body.errors[0].code).toBe('602');
	});

	it('still takes the token in the query, unless told not to', async () => {
		const { access_token } = (await (
			await identity({}, `?${credentials()}`)
		).json()) as TokenAnswer;
		const url = `${api.twin.url}/rest/v1/leads/partitions.json?access_token=${access_token}`;
		expect(((await (await fetch(url)).json()) as Loose).success).toBe(true);
		await api.admin('options', { tokenInQuery: 'refused' });
		expect(((await (await fetch(url)).json()) as Loose).errors[0].code).toBe('603');
		await api.admin('options', { tokenInQuery: 'accepted' });
	});

	it('has the request id in the form of the real one (hex # time in hex)', async () => {
		await api.signInAs(api.twin.clientId, api.twin.clientSecret);
		const { requestId } = await api.get('/rest/v1/leads/partitions.json');
		const [, time] = /^[0-9a-f]{1,5}#([0-9a-f]{11})$/.exec(requestId)!;
		const { now } = (await api.admin('clock')) as { now: string };
		expect(Math.abs(parseInt(time!, 16) - Date.parse(now))).toBeLessThan(5000);
	});

	it.each([
		['without-lead-read', 'GET', '/rest/v1/leads.json?filterType=id&filterValues=1001'],
		['without-lead-read', 'GET', '/rest/v1/leads/describe.json'],
		['without-lead-write', 'POST', '/rest/v1/leads.json'],
		['without-lead-write', 'POST', '/rest/v1/leads/delete.json'],
		['without-activity-read', 'GET', '/rest/v1/activities/types.json'],
		['without-activity-write', 'POST', '/rest/v1/activities/external.json'],
		['without-activity-metadata-read', 'GET', '/rest/v1/activities/external/types.json'],
		['without-activity-metadata-write', 'POST', '/rest/v1/activities/external/type.json'],
		['without-schema', 'GET', '/rest/v1/leads/schema/fields.json'],
		['without-schema-custom-field', 'POST', '/rest/v1/leads/schema/fields.json'],
		['without-asset', 'GET', '/rest/asset/v1/staticLists.json'],
	])('refuses %s %s %s with 603', async (clientId, method, path) => {
		await api.signInAs(clientId, `secret-${clientId}`);
		const answer = (await (await api.raw(path, { method })).json()) as Loose;
		expect(answer.errors[0].code).toBe('603');
		expect((await api.get('/rest/v1/stats/usage.json')).success).toBe(true);
	});
});
