import { readFeed, startTestTwin, type TestTwin } from './support';

const DELETED = '/rest/v1/activities/deletedleads.json';

describe('deleting and merging people in the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());

	const exists = async (id: number) =>
		(await api.get(`/rest/v1/leads.json?filterType=id&filterValues=${id}`)).result!.length === 1;
	const merge = async (winner: number, query: string) =>
		await api.post(`/rest/v1/leads/${winner}/merge.json?${query}`);

	it('deletes by body, by query and the old way, and skips who is not there', async () => {
		const ids = [];
		for (let index = 0; index < 5; index++)
			ids.push(await api.create({ firstName: 'Del', lastName: `N${index}` }));
		const byBody = await api.post('/rest/v1/leads/delete.json', {
			input: [{ id: ids[0] }, { id: 7 }],
		});
		expect(byBody.result).toEqual([
			{ id: ids[0], status: 'deleted' },
			{ status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
		]);
		const byQuery = await api.post(`/rest/v1/leads/delete.json?id=${ids[1]},${ids[2]}`);
		expect(byQuery.result!.map(({ status }) => status)).toEqual(['deleted', 'deleted']);
		const oldWay = await api.post('/rest/v1/leads.json?_method=DELETE', {
			input: [{ id: ids[3] }],
		});
		expect(oldWay.result).toEqual([{ id: ids[3], status: 'deleted' }]);
		expect(await Promise.all(ids.map(exists))).toEqual([false, false, false, false, true]);
		expect((await api.post('/rest/v1/leads/delete.json')).errors![0].code).toBe('1002');
	});

	it('shows the deleted with name and id', async () => {
		const token = await api.tokenSince(1);
		const id = await api.create({ firstName: 'Owy', lastName: 'Iledil' });
		await api.post('/rest/v1/leads/delete.json', { input: [{ id }] });
		const { rows } = await readFeed(api, DELETED, token);
		expect(rows.at(-1)).toMatchObject({
			leadId: id,
			activityTypeId: 37,
			primaryAttributeValueId: id,
			primaryAttributeValue: 'Owy Iledil',
			attributes: [],
		});
	});

	it('never gives an id to somebody else', async () => {
		const id = await api.create({ email: 'gone@example.com' });
		await api.post('/rest/v1/leads/delete.json', { input: [{ id }] });
		expect(await api.create({ email: 'gone@example.com' })).toBeGreaterThan(id);
	});

	it('merges: the winner keeps its values and takes over what it lacks', async () => {
		const winner = await api.create({ email: 'w@example.com', firstName: 'Win', vip: false });
		const one = await api.create({
			email: 'l1@example.com',
			firstName: 'Lose',
			city: 'Rome',
			vip: true,
		});
		const two = await api.create({ email: 'l2@example.com', city: 'Oslo', territory: 'North' });
		await api.post('/rest/v1/lists/1001/leads.json', { input: [{ id: one }] });
		await api.admin('clock', { advanceSeconds: 5 });
		const token = await api.tokenSince(0);
		const answer = await merge(winner, `leadIds=${one},${two}`);
		expect(answer.success).toBe(true);
		expect(answer.result).toBeUndefined();
		const { result } = await api.get(
			`/rest/v1/leads.json?filterType=id&filterValues=${winner},${one},${two}&fields=email,firstName,city,territory,vip`,
		);
		expect(result).toEqual([
			{
				id: winner,
				email: 'w@example.com',
				firstName: 'Win',
				city: 'Rome',
				territory: 'North',
				vip: false,
			},
		]);
		const { rows } = await readFeed(api, '/rest/v1/activities.json?activityTypeIds=32', token);
		expect(rows[0]).toMatchObject({ leadId: winner });
		expect(rows[0].attributes).toContainEqual({ name: 'Merge IDs', value: `${one}, ${two}` });
		const members = await api.get('/rest/v1/lists/1001/leads.json');
		expect(members.result!.map(({ id }) => id)).toEqual([winner]);
	});

	it('gives the history of the loser to the winner, and no deleted lead unless told to', async () => {
		await api.admin('clock', { advanceSeconds: 5 });
		const token = await api.tokenSince(0);
		const winner = await api.create({ email: 'w2@example.com' });
		const loser = await api.create({ email: 'l3@example.com' });
		await merge(winner, `leadId=${loser}`);
		const history = await readFeed(
			api,
			`/rest/v1/activities.json?activityTypeIds=12&leadIds=${winner}`,
			token,
		);
		expect(history.rows).toHaveLength(2);
		expect((await readFeed(api, DELETED, token)).rows).toEqual([]);
		await api.admin('options', { mergeLogsDelete: true });
		const other = await api.create({ email: 'l4@example.com' });
		await merge(winner, `leadId=${other}`);
		await api.admin('options', { mergeLogsDelete: false });
		expect((await readFeed(api, DELETED, token)).rows.map(({ leadId }) => leadId)).toEqual([other]);
	});

	it('refuses unknown people, itself, none, a CRM, and more than 25', async () => {
		const [one, two] = [await api.create({}), await api.create({})];
		expect((await merge(one, 'leadId=7')).errors![0].code).toBe('1004');
		expect((await merge(7, `leadId=${one}`)).errors![0].code).toBe('1004');
		expect((await merge(one, `leadId=${one}`)).errors![0].code).toBe('1003');
		expect((await merge(one, '')).errors![0].code).toBe('1002');
		expect((await merge(one, `leadId=${two}&mergeInCRM=true`)).success).toBe(false);
		const many = Array.from({ length: 26 }, (_, index) => 5000 + index).join();
		expect((await merge(one, `leadIds=${many}`)).result![0]).toMatchObject({
			status: 'skipped',
			reasons: [{ code: '1080' }],
		});
		expect(await exists(two)).toBe(true);
	});

	it('lets a person at the screen create, delete and merge as well', async () => {
		const token = await api.tokenSince(0);
		const { id } = await api.admin('create', { values: { firstName: 'By', lastName: 'Hand' } });
		const other = await api.admin('create', { values: { city: 'Rome' } });
		await api.admin('merge', { winner: id, losers: [other.id] });
		const { rows } = await readFeed(
			api,
			`/rest/v1/activities/leadchanges.json?fields=city&leadIds=${id}`,
			token,
		);
		expect(rows[0].attributes).toContainEqual({ name: 'Source Type', value: 'New lead' });
		expect(rows.at(-1).fields[0]).toMatchObject({ name: 'city', newValue: 'Rome' });
		expect(await api.admin('delete', { id })).toEqual({ ok: true });
		expect(await exists(id)).toBe(false);
		expect((await api.admin('delete', { id })).ok).toBe(false);
	});
});
