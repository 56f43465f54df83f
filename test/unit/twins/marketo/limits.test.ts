import { type Loose, startTestTwin, type TestTwin } from './support';

const CALL = '/rest/v1/leads/partitions.json';

describe('limits of the Marketo twin', () => {
	let api: TestTwin;
	beforeEach(async () => {
		api = await startTestTwin({ count: 2 });
		await api.admin('limits', { callsPerWindow: 100 });
	});
	afterEach(async () => await api.twin.close());

	const codes = (answers: Array<{ errors?: Loose[] }>) =>
		answers.map(({ errors }) => errors?.[0].code);

	it('answers 606 beyond 100 calls in 20 seconds and goes on after them', async () => {
		const answers = [];
		for (let index = 0; index < 102; index++) answers.push(await api.get(CALL));
		expect(codes(answers).filter(Boolean)).toEqual(['606', '606']);
		expect(answers.at(-1)!.errors![0].message).toBe(
			"Max rate limit '100' exceeded with in '20' secs",
		);
		await api.admin('clock', { advanceSeconds: 21 });
		expect((await api.get(CALL)).success).toBe(true);
	});

	it('does not count calls that fail with an uncounted code', async () => {
		await api.admin('limits', { callsPerWindow: 3 });
		for (let index = 0; index < 10; index++) {
			await fetch(`${api.twin.url}${CALL}`, { headers: { Authorization: 'Bearer nonsense' } });
			await api.raw('/rest/v1/leads.json', { method: 'PUT' });
		}
		expect(codes([await api.get(CALL), await api.get(CALL), await api.get(CALL)])).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect((await api.get(CALL)).errors![0].code).toBe('606');
	});

	it('answers 615 to the eleventh call at a time', async () => {
		// Long enough that all twelve are there at a time, however busy the machine is.
		await api.admin('options', { latencyMs: 2_000 });
		const answers = await Promise.all(Array.from({ length: 12 }, async () => await api.get(CALL)));
		expect(codes(answers).filter(Boolean)).toEqual(['615', '615']);
		const refused = answers.find(({ success }) => !success)!;
		expect(refused.errors![0].message).toBe("Concurrent access limit '10' reached");
		expect((await api.get(CALL)).success).toBe(true);
	});

	it('answers 607 when the quota of the day is used up, until midnight Central', async () => {
		await api.admin('limits', { dailyQuota: 2 });
		expect(codes([await api.get(CALL), await api.get(CALL), await api.get(CALL)])).toEqual([
			undefined,
			undefined,
			'607',
		]);
		await api.admin('clock', { advanceSeconds: 86_400 });
		await api.signInAs(api.twin.clientId, api.twin.clientSecret);
		expect((await api.get(CALL)).success).toBe(true);
	});

	it('reports usage by user and errors by code', async () => {
		await api.get(CALL);
		await api.get('/rest/v1/nothing.json');
		await api.signInAs('human', 'secret-human');
		await api.get(CALL);
		const [usage] = (await api.get('/rest/v1/stats/usage.json')).result!;
		expect(usage.date).toMatch(/^\d{4}-\d\d-\d\d$/);
		expect(usage.total).toBe(3);
		expect(usage.users.map(({ userId, count }: Loose) => [userId.split('@')[0], count])).toEqual([
			['sync', 2],
			['human', 1],
		]);
		const [errors] = (await api.get('/rest/v1/stats/errors.json')).result!;
		expect(errors).toMatchObject({ total: 1, errors: [{ errorCode: '610', count: 1 }] });
		await api.admin('clock', { advanceSeconds: 86_400 });
		await api.signInAs('human', 'secret-human');
		expect((await api.get('/rest/v1/stats/usage/last7days.json')).result).toHaveLength(2);
		expect((await api.get('/rest/v1/stats/usage.json')).result![0].total).toBeLessThan(3);
	});

	it("counts another program's calls for the day, and says that they are its", async () => {
		await api.admin('limits', { dailyQuota: 50 });
		await api.admin('usage', { calls: 49 });
		const [usage] = (await api.get('/rest/v1/stats/usage.json')).result!;
		expect(usage.total).toBe(49);
		expect(usage.users).toEqual([{ userId: 'another-program', count: 49 }]);
		expect((await api.get(CALL)).errors![0].code).toBe('607');
	});

	it('refuses a limit or option it does not know', async () => {
		expect((await api.admin('limits', { speed: 1 })).ok).toBe(false);
		expect((await api.admin('options', { speed: 1 })).ok).toBe(false);
		expect((await api.admin('options', { createOnlyDedupesBy: 'name' })).ok).toBe(false);
		expect(await api.admin('options', { latenessMs: 5 })).toEqual({ ok: true });
		expect((await api.admin('options')).latenessMs).toBe(5);
	});
});

describe('faults injected into the Marketo twin', () => {
	let api: TestTwin;
	beforeEach(async () => {
		api = await startTestTwin({ count: 5 });
	});
	afterEach(async () => await api.twin.close());

	const LEADS = '/rest/v1/leads.json';

	it('brings codes with HTTP 200 and the text of the code, as often as asked', async () => {
		await api.admin('fail', { match: { path: CALL }, times: 2, code: '713' });
		for (let index = 0; index < 2; index++) {
			const answer = await api.raw(CALL);
			expect(answer.status).toBe(200);
			expect(await answer.json()).toMatchObject({
				success: false,
				errors: [{ code: '713', message: 'Transient Error' }],
			});
		}
		expect((await api.get(CALL)).success).toBe(true);
	});

	it('brings statuses as bare HTTP, and an empty body with 200', async () => {
		await api.admin('fail', { match: { path: CALL }, status: 502 });
		const gateway = await api.raw(CALL);
		expect(gateway.status).toBe(502);
		expect(gateway.headers.get('content-type')).toContain('text/html');
		await api.admin('fail', { match: { path: CALL }, status: 200 });
		const empty = await api.raw(CALL);
		expect(empty.status).toBe(200);
		expect(await empty.text()).toBe('');
	});

	it('skips the one record whose id is named, found by its address too', async () => {
		const { result } = await api.get(`${LEADS}?filterType=id&filterValues=1001,1002&fields=email`);
		await api.admin('fail', { match: { id: '1002' }, code: '1018' });
		const byAddress = await api.post(LEADS, {
			input: result!.map(({ email }) => ({ email, city: 'Rome' })),
		});
		expect(byAddress.result).toEqual([
			{ id: 1001, status: 'updated' },
			{ status: 'skipped', reasons: [{ code: '1018', message: 'CRM Enabled' }] },
		]);
		await api.admin('fail', { match: { id: '1003' }, code: '611' });
		const deleted = await api.post('/rest/v1/leads/delete.json', {
			input: [{ id: 1003 }, { id: 1004 }],
		});
		expect(deleted.result!.map(({ status }) => status)).toEqual(['skipped', 'deleted']);
	});

	it('can lose the answer after the effect', async () => {
		await api.admin('fail', { match: { method: 'POST', path: LEADS }, afterEffect: true });
		await expect(api.post(LEADS, { input: [{ email: 'lost@example.com' }] })).rejects.toThrow();
		const found = await api.get(`${LEADS}?filterType=email&filterValues=lost@example.com`);
		expect(found.result).toHaveLength(1);
	});

	it('can strike a page of a feed', async () => {
		const token = encodeURIComponent(await api.tokenSince(900 * 86_400));
		await api.admin('fail', { match: { path: 'leadchanges', page: 2 }, code: '604' });
		const first = await api.get(
			`/rest/v1/activities/leadchanges.json?fields=city&batchSize=2&nextPageToken=${token}`,
		);
		expect(first.moreResult).toBe(true);
		const next = `/rest/v1/activities/leadchanges.json?fields=city&batchSize=2&nextPageToken=${encodeURIComponent(first.nextPageToken!)}`;
		expect((await api.get(next)).errors![0].code).toBe('604');
		expect((await api.get(next)).success).toBe(true);
	});

	it('starts over on reset, tokens staying good', async () => {
		const before = (await api.admin('people?limit=2')).people;
		await api.admin('edit', { id: 1001, values: { city: 'Atlantis' } });
		await api.create({ email: 'new@example.com' });
		expect((await api.admin('people')).total).toBe(6);
		await api.admin('reset', {});
		const after = await api.admin('people?limit=2');
		expect(after.total).toBe(5);
		expect(after.people.map(({ email, city }: Loose) => [email, city])).toEqual(
			before.map(({ email, city }: Loose) => [email, city]),
		);
		expect((await api.get(CALL)).success).toBe(true);
	});

	it('counts calls per endpoint with the records they carried', async () => {
		await fetch(`${api.twin.url}/__twin/calls`, { method: 'DELETE' });
		await api.post(LEADS, { input: [{ email: 'a@example.com' }, { email: 'b@example.com' }] });
		const calls = await api.admin('calls');
		expect(calls.byEndpoint).toEqual({ 'POST /rest/v1/leads.json': 1 });
		expect(calls.log[0]).toMatchObject({ status: 200, records: 2 });
	});
});
