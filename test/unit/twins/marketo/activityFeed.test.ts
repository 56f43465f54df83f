import { type Loose, readFeed, startTestTwin, type TestTwin } from './support';

const CHANGES = '/rest/v1/activities/leadchanges.json';
const LEADS = '/rest/v1/leads.json';

describe('the activity feeds of the Marketo twin', () => {
	let api: TestTwin;
	let serial = 0;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());
	afterEach(async () => {
		await api.admin('options', { latenessMs: 0, lateArrivals: 'appended', shortPages: 0 });
	});

	const email = () => `feed${++serial}@example.com`;
	const update = async (id: number, values: object) =>
		await api.post(LEADS, { action: 'updateOnly', lookupField: 'id', input: [{ id, ...values }] });
	/** A token from this moment on that sees nothing of what was before. */
	const fresh = async () => {
		await api.admin('clock', { advanceSeconds: 2 });
		return await api.tokenSince(0);
	};

	it('logs a new person with what made it, and no change of single fields', async () => {
		const token = await fresh();
		const made = await api.post(LEADS, { input: [{ email: email(), firstName: 'Ann' }] });
		const { rows } = await readFeed(api, `${CHANGES}?fields=firstName,email`, token);
		expect(rows).toHaveLength(1);
		expect(rows[0]).toMatchObject({ activityTypeId: 12, leadId: made.result![0].id, fields: [] });
		const attributes = Object.fromEntries(
			rows[0].attributes.map(({ name, value }: Loose) => [name, value]),
		);
		expect(attributes).toMatchObject({
			'Source Type': 'Web service API',
			'api method name': 'syncLead',
			'request id': made.requestId,
		});
		expect(attributes['modifying user']).toContain('@');
		expect(attributes['Created Date']).toBe(rows[0].activityDate.slice(0, 10));
		expect(rows[0].activityDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	});

	it('logs one activity per changed field, values as text, and only the fields asked for', async () => {
		const id = await api.create({ email: email(), firstName: 'Ann', seats: 3 });
		const token = await fresh();
		await update(id, {
			firstName: 'Anna',
			seats: null,
			vip: true,
			mqlAt: '2023-01-26T18:46:00Z',
			city: 'Rome',
		});
		const { rows } = await readFeed(api, `${CHANGES}?fields=firstName,seats,vip,mqlAt`, token);
		expect(
			rows.map(({ fields }) =>
				fields.map(({ name, oldValue, newValue }: Loose) => [name, oldValue, newValue]),
			),
		).toEqual([
			[['firstName', 'Ann', 'Anna']],
			[['seats', '3', null]],
			[['vip', 'False', 'True']],
			[['mqlAt', null, '2023-01-26 18:46:00']],
		]);
		expect(rows[0].attributes).toEqual([
			{ name: 'Reason', value: 'Web service API' },
			{ name: 'Source', value: 'Web service API' },
			{ name: 'Lead ID', value: id },
		]);
		const describe = await api.get('/rest/v1/leads/describe.json');
		const firstName = describe.result!.find(({ rest }) => rest.name === 'firstName');
		expect(rows[0].fields[0].id).toBe(firstName.id);
	});

	it('logs nothing for a write that changes nothing', async () => {
		const id = await api.create({ email: email(), firstName: 'Ann', vip: false });
		const token = await fresh();
		await update(id, { firstName: 'Ann', vip: null, lastName: '' });
		expect((await readFeed(api, `${CHANGES}?fields=firstName,lastName,vip`, token)).rows).toEqual(
			[],
		);
	});

	it('names the screen as the source of what a person did there', async () => {
		const id = await api.create({ email: email() });
		const token = await fresh();
		await api.admin('edit', { id, values: { firstName: 'Hand' } });
		await api.admin('edit', { id, values: { city: 'Oslo' }, reason: 'Import of cities' });
		const { rows } = await readFeed(api, `${CHANGES}?fields=firstName,city`, token);
		expect(rows[0].attributes).toContainEqual({ name: 'Source', value: 'Lead update' });
		expect(rows[0].attributes).toContainEqual({ name: 'Reason', value: 'Manual person edit' });
		expect(rows[1].attributes).toContainEqual({ name: 'Reason', value: 'Import of cities' });
		expect((await api.admin('edit', { id, values: { nonsense: 1 } })).ok).toBe(false);
	});

	it('logs a score as Change Score and as Change Data Value', async () => {
		const id = await api.create({ email: email(), leadScore: 10 });
		const token = await fresh();
		await update(id, { leadScore: 4 });
		const { rows } = await readFeed(api, '/rest/v1/activities.json?activityTypeIds=13,22', token);
		expect(rows.map(({ activityTypeId }) => activityTypeId)).toEqual([22, 13]);
		expect(rows[0]).toMatchObject({ primaryAttributeValue: 'Lead Score', leadId: id });
		expect(rows[0].attributes).toContainEqual({ name: 'Change Value', value: '-6' });
		expect(rows[1].attributes).toContainEqual({ name: 'Old Value', value: '10' });
	});

	it('leaves attributes without a value out, and result when there is nothing', async () => {
		const id = await api.create({ email: email() });
		const token = await fresh();
		const empty = await api.get(
			`/rest/v1/activities.json?activityTypeIds=13&nextPageToken=${token}`,
		);
		expect(empty.result).toBeUndefined();
		expect(empty).toMatchObject({ success: true, moreResult: false });
		expect(empty.nextPageToken).toBeTruthy();
		await update(id, { city: 'Rome' });
		const { rows } = await readFeed(api, '/rest/v1/activities.json?activityTypeIds=13', token);
		expect(rows[0].attributes.map(({ name }: Loose) => name)).toEqual([
			'New Value',
			'Reason',
			'Source',
		]);
		expect(rows[0].primaryAttributeValue).toBe('City');
	});

	it('gives pages of at most 300 and goes on where it was; the last token serves the next poll', async () => {
		const token = await fresh();
		const input = Array.from({ length: 300 }, () => ({ email: email() }));
		await api.post(LEADS, { input });
		await api.post(LEADS, {
			input: input.map(({ email: address }) => ({ email: address, city: 'Rome' })),
		});
		await api.post(LEADS, { input: [{ email: email() }] });
		const { rows, pages, nextPageToken } = await readFeed(api, `${CHANGES}?fields=city`, token);
		expect(pages).toBe(3);
		expect(rows).toHaveLength(601);
		expect(new Set(rows.map(({ marketoGUID }) => marketoGUID)).size).toBe(601);
		expect(new Set(rows.map(({ id }) => id)).size).toBeLessThan(601);
		expect((await readFeed(api, `${CHANGES}?fields=city`, nextPageToken)).rows).toEqual([]);
		await api.post(LEADS, { input: [{ email: email() }] });
		expect((await readFeed(api, `${CHANGES}?fields=city`, nextPageToken)).rows).toHaveLength(1);
	});

	it('gives empty pages with more to come when the changes are of other fields', async () => {
		const ids = [];
		for (let index = 0; index < 3; index++) ids.push(await api.create({ email: email() }));
		const token = await fresh();
		for (const id of ids) await update(id, { city: 'Rome' });
		await update(ids[0]!, { firstName: 'Ann' });
		const page = await api.get(
			`${CHANGES}?fields=firstName&batchSize=2&nextPageToken=${encodeURIComponent(token)}`,
		);
		expect(page.result).toBeUndefined();
		expect(page.moreResult).toBe(true);
		const { rows, pages } = await readFeed(api, `${CHANGES}?fields=firstName&batchSize=2`, token);
		expect(rows).toHaveLength(1);
		expect(pages).toBe(2);
	});

	it('cuts pages short by chance when told to, and loses nothing', async () => {
		const token = await fresh();
		await api.post(LEADS, { input: Array.from({ length: 200 }, () => ({ email: email() })) });
		await api.admin('options', { shortPages: 0.7 });
		const { rows, pages } = await readFeed(api, `${CHANGES}?fields=city&batchSize=50`, token);
		expect(rows).toHaveLength(200);
		expect(pages).toBeGreaterThan(4);
	});

	it('shows activities late, and then to everybody who reads on', async () => {
		const token = await fresh();
		await api.admin('options', { latenessMs: 20_000 });
		await api.post(LEADS, { input: Array.from({ length: 50 }, () => ({ email: email() })) });
		const early = await readFeed(api, `${CHANGES}?fields=city`, token);
		expect(early.rows.length).toBeLessThan(25);
		await api.admin('clock', { advanceSeconds: 8 });
		const later = await readFeed(api, `${CHANGES}?fields=city`, early.nextPageToken);
		await api.admin('clock', { advanceSeconds: 20 });
		const last = await readFeed(api, `${CHANGES}?fields=city`, later.nextPageToken);
		expect(later.rows.length).toBeGreaterThan(5);
		expect(early.rows.length + later.rows.length + last.rows.length).toBe(50);
	});

	it('can pass late arrivals over, which looking back finds', async () => {
		const token = await fresh();
		await api.admin('options', { latenessMs: 20_000, lateArrivals: 'passedOver' });
		await api.post(LEADS, { input: Array.from({ length: 40 }, () => ({ email: email() })) });
		await api.admin('clock', { advanceSeconds: 3 });
		await api.admin('options', { latenessMs: 0 });
		await api.post(LEADS, { input: [{ email: email() }] });
		const early = await readFeed(api, `${CHANGES}?fields=city`, token);
		expect(early.rows.length).toBeLessThan(40);
		await api.admin('clock', { advanceSeconds: 30 });
		expect((await readFeed(api, `${CHANGES}?fields=city`, early.nextPageToken)).rows).toEqual([]);
		const back = await readFeed(api, `${CHANGES}?fields=city`, await api.tokenSince(60));
		expect(back.rows.length).toBeGreaterThanOrEqual(41);
	});

	it('narrows by people and by list', async () => {
		const [one, two] = [await api.create({ email: email() }), await api.create({ email: email() })];
		const token = await fresh();
		await update(one, { city: 'Rome' });
		await update(two, { city: 'Oslo' });
		const byLead = await readFeed(api, `${CHANGES}?fields=city&leadIds=${two}`, token);
		expect(byLead.rows.map(({ leadId }) => leadId)).toEqual([two]);
		await api.post('/rest/v1/lists/1001/leads.json', { input: [{ id: one }] });
		const byList = await readFeed(api, `${CHANGES}?fields=city&listId=1001`, token);
		expect(byList.rows.map(({ leadId }) => leadId)).toEqual([one]);
	});

	it('forgets value changes after 90 days, new people later', async () => {
		const token = await fresh();
		const id = await api.create({ email: email() });
		await update(id, { city: 'Rome' });
		await api.admin('clock', { advanceSeconds: 91 * 86_400 });
		await api.signInAs(api.twin.clientId, api.twin.clientSecret);
		const { rows } = await readFeed(api, `${CHANGES}?fields=city&leadIds=${id}`, token);
		expect(rows.map(({ activityTypeId }) => activityTypeId)).toEqual([12]);
	});

	it('can leave the id out, as migrated instances do', async () => {
		const token = await fresh();
		await api.create({ email: email() });
		await api.admin('options', { activityIds: 'absent' });
		const { rows } = await readFeed(api, `${CHANGES}?fields=city`, token);
		await api.admin('options', { activityIds: 'present' });
		expect(rows[0].id).toBeUndefined();
		expect(rows[0].marketoGUID).toMatch(/^\d+$/);
	});

	it.each([
		[`${CHANGES}?fields=city`, '1002'],
		[`${CHANGES}?nextPageToken=TOKEN`, '1002'],
		[`${CHANGES}?fields=nonsense&nextPageToken=TOKEN`, '1006'],
		[`${CHANGES}?fields=city&nextPageToken=nonsense`, '1003'],
		[`${CHANGES}?fields=city&listId=5&nextPageToken=TOKEN`, '1013'],
		[
			`${CHANGES}?fields=city&leadIds=${Array.from({ length: 31 }, (_, index) => index + 1).join()}&nextPageToken=TOKEN`,
			'1003',
		],
		['/rest/v1/activities.json?nextPageToken=TOKEN', '1002'],
		[
			'/rest/v1/activities.json?activityTypeIds=1,2,3,4,5,6,7,8,9,10,11&nextPageToken=TOKEN',
			'1003',
		],
		['/rest/v1/activities/pagingtoken.json', '1002'],
		['/rest/v1/activities/pagingtoken.json?sinceDatetime=yesterday', '704'],
	])('refuses %s with %s', async (path, code) => {
		const token = encodeURIComponent(await api.tokenSince(0));
		expect((await api.get(path.replace('TOKEN', token))).errors![0].code).toBe(code);
	});

	it('refuses tokens made before they were expired', async () => {
		const token = await api.tokenSince(10);
		await api.admin('expire', { what: 'pagingToken' });
		const answer = await api.get(
			`${CHANGES}?fields=city&nextPageToken=${encodeURIComponent(token)}`,
		);
		expect(answer.errors![0].code).toBe('1003');
	});

	it('takes a plus sign that was not encoded in sinceDatetime', async () => {
		const answer = await api.get(
			'/rest/v1/activities/pagingtoken.json?sinceDatetime=2016-09-15T15:53:00+05:00',
		);
		expect(answer.success).toBe(true);
	});

	it('lists the standard types by name', async () => {
		const { result } = await api.get('/rest/v1/activities/types.json');
		const names = Object.fromEntries(result!.map(({ id, name }) => [id, name]));
		expect(names).toMatchObject({
			12: 'New Lead',
			13: 'Change Data Value',
			22: 'Change Score',
			37: 'Delete Lead',
		});
		expect(result!.find(({ id }) => id === 12).primaryAttribute).toBeUndefined();
	});
});
