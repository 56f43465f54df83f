import { type Loose, startTestTwin, type TestTwin } from './support';

const LEADS = '/rest/v1/leads.json';

describe('writing people in the Marketo twin', () => {
	let api: TestTwin;
	let serial = 0;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());

	const sync = async (body: object) => await api.post(LEADS, body);
	const address = () => `person${++serial}@example.com`;
	const read = async (id: number, fields: string) =>
		(await api.get(`${LEADS}?filterType=id&filterValues=${id}&fields=${fields}`)).result![0];
	const reasonOf = (answer: { result?: Loose[] }, at = 0) => answer.result![at].reasons[0];

	it('creates by default what is not there and updates what is, whatever the case of the address', async () => {
		const email = address();
		const first = await sync({ input: [{ email, firstName: 'Ann' }] });
		expect(first.result![0].status).toBe('created');
		const second = await sync({ input: [{ email: email.toUpperCase(), lastName: 'Lee' }] });
		expect(second.result).toEqual([{ id: first.result![0].id, status: 'updated' }]);
		expect(await read(first.result![0].id, 'firstName,lastName')).toMatchObject({
			firstName: 'Ann',
			lastName: 'Lee',
		});
	});

	it('sees a key used twice in one call', async () => {
		const email = address();
		const { result } = await sync({ input: [{ email }, { email }] });
		expect(result!.map(({ status }) => status)).toEqual(['created', 'updated']);
		expect(result![0].id).toBe(result![1].id);
	});

	it('skips with createOnly who is there, and with updateOnly who is not', async () => {
		const email = address();
		await sync({ input: [{ email }] });
		const created = await sync({ action: 'createOnly', input: [{ email }] });
		expect(created.result).toEqual([
			{ status: 'skipped', reasons: [{ code: '1005', message: 'Lead already exists' }] },
		]);
		const updated = await sync({ action: 'updateOnly', input: [{ email: address() }] });
		expect(reasonOf(updated)).toEqual({ code: '1004', message: 'Lead not found' });
	});

	it('never updates with createDuplicate, and then has two who match', async () => {
		const email = address();
		await sync({ input: [{ email }] });
		const second = await sync({ action: 'createDuplicate', input: [{ email }] });
		expect(second.result![0].status).toBe('created');
		for (const action of ['createOrUpdate', 'updateOnly']) {
			expect(reasonOf(await sync({ action, input: [{ email }] }))).toEqual({
				code: '1007',
				message: 'Multiple lead match lookup criteria',
			});
		}
		expect(reasonOf(await sync({ action: 'createOnly', input: [{ email }] })).code).toBe('1005');
	});

	it('looks up by a custom field, and by id with updateOnly alone', async () => {
		const key = `GUID-${++serial}`;
		const made = await sync({
			lookupField: 'externalReference',
			input: [{ externalReference: key }],
		});
		const id = made.result![0].id as number;
		const again = await sync({
			lookupField: 'externalReference',
			input: [{ externalReference: key.toLowerCase(), lastName: 'Kim' }],
		});
		expect(again.result).toEqual([{ id, status: 'updated' }]);
		const email = address();
		const byId = await sync({ action: 'updateOnly', lookupField: 'id', input: [{ id, email }] });
		expect(byId.result).toEqual([{ id, status: 'updated' }]);
		expect((await read(id, 'email')).email).toBe(email);
		for (const action of ['createOrUpdate', 'createOnly']) {
			expect(reasonOf(await sync({ action, lookupField: 'id', input: [{ id }] })).code).toBe(
				'1003',
			);
			expect(reasonOf(await sync({ action, input: [{ id, email: address() }] })).code).toBe('1003');
		}
	});

	it('refuses the whole call for a lookup field that is unknown or not searchable', async () => {
		const unknown = await sync({ lookupField: 'nonsense', input: [{ nonsense: 1 }] });
		expect(unknown).toMatchObject({ success: false, errors: [{ code: '1006' }] });
		const known = await sync({ lookupField: 'firstName', input: [{ firstName: 'A' }] });
		expect(known).toMatchObject({ success: false, errors: [{ code: '1011' }] });
	});

	it('skips a record without its lookup value', async () => {
		expect(reasonOf(await sync({ input: [{ firstName: 'A' }] })).code).toBe('1002');
		expect(reasonOf(await sync({ input: [{ email: null, firstName: 'A' }] })).code).toBe('1002');
	});

	it('writes nothing of a record with one bad field, and the other records in full', async () => {
		const [one, two] = [address(), address()];
		const made = await sync({ input: [{ email: one }, { email: two }] });
		const [{ id }, { id: other }] = made.result!;
		const answer = await sync({
			action: 'updateOnly',
			lookupField: 'id',
			input: [
				{ id, firstName: 'Sam' },
				{ id: other, firstName: 'Will', alternateEmail: 'bademail' },
			],
		});
		expect(answer.result).toEqual([
			{ id, status: 'updated' },
			{
				status: 'skipped',
				reasons: [
					{
						code: '1003',
						message: "Invalid value for field 'alternateEmail' and value 'bademail'",
					},
				],
			},
		]);
		expect((await read(other, 'firstName')).firstName).toBeNull();
	});

	it('skips unknown and read-only fields', async () => {
		expect(reasonOf(await sync({ input: [{ email: address(), nonsense: 1 }] }))).toEqual({
			code: '1006',
			message: "Field 'nonsense' not found",
		});
		expect(reasonOf(await sync({ input: [{ email: address(), updatedAt: null }] })).code).toBe(
			'1003',
		);
	});

	it('answers in the order of the input', async () => {
		const emails = Array.from({ length: 20 }, address);
		const made = await sync({ input: emails.map((email) => ({ email })) });
		const again = await sync({ input: [...emails].reverse().map((email) => ({ email })) });
		expect(again.result!.map(({ id }) => id)).toEqual(made.result!.map(({ id }) => id).reverse());
	});

	it('leaves updatedAt alone when nothing changes, and when only custom fields do', async () => {
		const email = address();
		const made = await sync({ input: [{ email, firstName: 'Ann' }] });
		const id = made.result![0].id as number;
		const before = (await read(id, 'updatedAt')).updatedAt;
		await api.admin('clock', { advanceSeconds: 60 });
		const same = await sync({ input: [{ email, firstName: 'Ann' }] });
		expect(same.result).toEqual([{ id, status: 'updated' }]);
		await sync({ input: [{ email, territory: 'North' }] });
		expect(await read(id, 'updatedAt,territory')).toMatchObject({
			updatedAt: before,
			territory: 'North',
		});
		await sync({ input: [{ email, firstName: 'Anna' }] });
		expect((await read(id, 'updatedAt')).updatedAt > before).toBe(true);
	});

	it('leaves absent fields untouched and clears with null; an unset boolean is false', async () => {
		const email = address();
		const made = await sync({ input: [{ email, firstName: 'Ann', vip: true, seats: 0 }] });
		const id = made.result![0].id as number;
		await sync({ input: [{ email, vip: null, firstName: '' }] });
		expect(await read(id, 'firstName,vip,seats,champion')).toEqual({
			id,
			firstName: null,
			vip: false,
			seats: 0,
			champion: false,
		});
	});

	it('keeps company fields to those not linked to a company', async () => {
		const email = address();
		await sync({ input: [{ email, company: 'Contoso' }] });
		expect((await sync({ input: [{ email, externalCompanyId: 'ACC-1' }] })).result![0].status).toBe(
			'updated',
		);
		expect(reasonOf(await sync({ input: [{ email, company: 'Fabrikam' }] }))).toEqual({
			code: '1021',
			message: 'Company update not allowed',
		});
		expect((await sync({ input: [{ email, externalCompanyId: 'ACC-2' }] })).result![0].status).toBe(
			'updated',
		);
		expect(reasonOf(await sync({ input: [{ email, externalCompanyId: null }] })).code).toBe('1003');
	});

	it('creates in the named partition and does not update across partitions', async () => {
		const email = address();
		const made = await sync({ partitionName: 'EMEA', input: [{ email }] });
		expect((await read(made.result![0].id, 'leadPartitionId')).leadPartitionId).toBe(2);
		expect(reasonOf(await sync({ partitionName: 'Default', input: [{ email }] })).code).toBe(
			'1010',
		);
		expect(reasonOf(await sync({ partitionName: 'Nowhere', input: [{ email }] })).code).toBe(
			'1008',
		);
		expect((await sync({ input: [{ email }] })).result![0].status).toBe('updated');
		const moved = await api.post('/rest/v1/leads/partitions.json', {
			input: [{ id: made.result![0].id, partitionName: 'Default' }],
		});
		expect(moved.result).toEqual([{ id: made.result![0].id, status: 'updated' }]);
	});

	it('gives no outcome of single records when processing asynchronously', async () => {
		const email = address();
		const answer = await sync({ asyncProcessing: true, input: [{ email }] });
		expect(answer.success).toBe(true);
		expect(answer.result).toBeUndefined();
		expect((await api.get(`${LEADS}?filterType=email&filterValues=${email}`)).result).toHaveLength(
			1,
		);
	});

	describe('createOnly by another key than the address', () => {
		const order = (email: string, key: string) => ({
			action: 'createOnly',
			lookupField: 'externalReference',
			input: [{ email, externalReference: key }],
		});
		afterAll(async () => await api.admin('options', { createOnlyDedupesBy: 'lookupField' }));

		it('in one reading looks for that key', async () => {
			const email = address();
			await sync({ input: [{ email }] });
			const key = `K-${++serial}`;
			expect((await sync(order(email, key))).result![0].status).toBe('created');
			expect(reasonOf(await sync(order(address(), key))).code).toBe('1005');
		});

		it('in the other reading looks for the address only', async () => {
			await api.admin('options', { createOnlyDedupesBy: 'anyEmail' });
			const email = address();
			await sync({ input: [{ email }] });
			const key = `K-${++serial}`;
			expect(reasonOf(await sync(order(email, key))).code).toBe('1005');
			expect((await sync(order(address(), key))).result![0].status).toBe('created');
			expect((await sync(order(address(), key))).result![0].status).toBe('created');
		});
	});

	it('makes duplicates of one key written at the same time (when the window is open)', async () => {
		await api.admin('options', { upsertWindowMs: 40 });
		const email = address();
		const answers = await Promise.all([sync({ input: [{ email }] }), sync({ input: [{ email }] })]);
		await api.admin('options', { upsertWindowMs: 0 });
		expect(answers.map(({ result }) => result![0].status)).toEqual(['created', 'created']);
		expect(reasonOf(await sync({ input: [{ email }] })).code).toBe('1007');
	});

	it.each([
		['no input', { action: 'createOnly' }, '1002'],
		['an empty input', { input: [] }, '1002'],
		[
			'more than 300 records',
			{ input: Array.from({ length: 301 }, () => ({ email: 'a@b.co' })) },
			'1003',
		],
		['an unknown action', { action: 'upsert', input: [{ email: 'a@b.co' }] }, '1001'],
	])('refuses %s as a whole', async (_name, body, code) => {
		expect(await sync(body)).toMatchObject({ success: false, errors: [{ code }] });
	});

	it('refuses broken JSON with 609 and another content type with 612', async () => {
		const send = async (type: string, body: string) =>
			(await (
				await api.raw(LEADS, { method: 'POST', headers: { 'Content-Type': type }, body })
			).json()) as Loose;
		expect((await send('application/json', '{"input":')).errors[0].code).toBe('609');
		expect((await send('application/json', '[]')).errors[0].code).toBe('609');
		expect((await send('text/plain', '{}')).errors[0].code).toBe('612');
	});

	it('refuses more than 1 MB with HTTP 413', async () => {
		const answer = await api.raw(LEADS, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ input: [{ email: 'a@b.co', comments: 'x'.repeat(1024 * 1024) }] }),
		});
		expect(answer.status).toBe(413);
	});

	it('pushes people and logs it with source and reason', async () => {
		const token = await api.tokenSince(5);
		const email = address();
		const answer = await api.post('/rest/v1/leads/push.json', {
			programName: 'Launch',
			source: 'Site',
			reason: 'Download',
			input: [{ email }],
		});
		expect(answer.result![0].status).toBe('created');
		const feed = await api.get(
			`/rest/v1/activities.json?activityTypeIds=145&nextPageToken=${token}`,
		);
		expect(feed.result![0]).toMatchObject({
			primaryAttributeValue: 'Launch',
			leadId: answer.result![0].id,
		});
		expect(feed.result![0].attributes).toContainEqual({ name: 'Reason', value: 'Download' });
		expect(
			(await api.post('/rest/v1/leads/push.json', { input: [{ email }] })).errors![0].code,
		).toBe('1002');
	});

	it('lets a form take the duplicate updated last (no 1007)', async () => {
		const email = address();
		await api.create({ email });
		await api.admin('clock', { advanceSeconds: 5 });
		const newer = await api.create({ email });
		const answer = await api.post('/rest/v1/leads/submitForm.json', {
			formId: 1029,
			input: [{ leadFormFields: { email, firstName: 'Marge' } }],
		});
		expect(answer.result).toEqual([{ id: newer, status: 'updated' }]);
	});
});
