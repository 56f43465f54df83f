import { type Loose, startTestTwin, type TestTwin } from './support';

/**
 * A session as an export tool had it with a live instance: what it sent, and what came back
 * (ids and times aside). Field names and answers follow those recordings.
 */
const TYPES: ReadonlyArray<readonly [name: string, dataType: string]> = [
	['textarea_field', 'text'],
	['boolean_field', 'boolean'],
	['email_field', 'email'],
	['integer_field', 'integer'],
	['float_field', 'float'],
	['datetime_field', 'datetime'],
	['date_field', 'date'],
	['score_field', 'integer'],
	['percent_field', 'percent'],
	['currency_field', 'currency'],
];
const FIELDS = ['email', 'firstName', 'lastName', 'id', ...TYPES.map(([name]) => name)].join(',');
const UNSET = Object.fromEntries(
	TYPES.map(([name, type]) => [name, type === 'boolean' ? false : null]),
);

describe('a recorded session with a live instance, replayed against the twin', () => {
	let api: TestTwin;
	let id: number;
	beforeAll(async () => {
		api = await startTestTwin({
			fields: TYPES.map(([name, dataType], index) => ({
				id: 5000 + index,
				displayName: name,
				dataType,
				rest: { name, readOnly: false },
			})),
		});
	});
	afterAll(async () => await api.twin.close());

	const byEmail = async (values: string) =>
		(
			await api.get(
				`/rest/v1/leads.json?filterType=email&filterValues=${encodeURIComponent(values)}`,
			)
		).result!;
	const inFull = async () =>
		(
			await api.get(
				`/rest/v1/leads.json?filterType=id&filterValues=${id}&fields=${encodeURIComponent(FIELDS)}`,
			)
		).result![0];
	const updateById = async (values: object) =>
		(
			await api.post('/rest/v1/leads.json', {
				lookupField: 'id',
				action: 'updateOnly',
				input: [{ email: 'two@example.com', id, ...values }],
			})
		).result!;

	it('starts with nobody', async () => {
		expect(await byEmail('one@example.com')).toEqual([]);
	});

	it('creates one with a value of every type, and reads them back as stored', async () => {
		const answer = await api.post('/rest/v1/leads.json', {
			lookupField: 'email',
			action: 'createOrUpdate',
			input: [
				{
					email: 'two@example.com',
					firstName: 'Evan',
					textarea_field: 'text is here',
					boolean_field: true,
					email_field: 'field@example.com',
					integer_field: 5,
					float_field: 5.4,
					datetime_field: '2020-08-30T05:49:48.000Z',
					date_field: '2020-08-30T05:49:48.000Z',
					score_field: 10,
					percent_field: 99,
					currency_field: 34.66,
				},
			],
		});
		expect(Object.keys(answer)).toEqual(['requestId', 'result', 'success']);
		expect(answer.result).toEqual([{ id: expect.any(Number), status: 'created' }]);
		id = answer.result![0].id;
		const person = await inFull();
		expect(Object.keys(person).slice(0, 4)).toEqual(['id', 'email', 'firstName', 'lastName']);
		expect(person).toEqual({
			id,
			email: 'two@example.com',
			firstName: 'Evan',
			lastName: null,
			textarea_field: 'text is here',
			boolean_field: true,
			email_field: 'field@example.com',
			integer_field: 5,
			float_field: 5.4,
			datetime_field: '2020-08-30T05:49:48Z',
			date_field: '2020-08-30',
			score_field: 10,
			percent_field: 99,
			currency_field: 34.66,
		});
	});

	it('clears all but the date', async () => {
		const names = TYPES.map(([name]) => name).filter((name) => name !== 'date_field');
		const cleared = Object.fromEntries(names.map((name) => [name, null]));
		expect(await updateById({ firstName: 'Maria', ...cleared })).toEqual([
			{ id, status: 'updated' },
		]);
		expect(await inFull()).toEqual({
			...UNSET,
			id,
			email: 'two@example.com',
			firstName: 'Maria',
			lastName: null,
			date_field: '2020-08-30',
		});
	});

	it.each([
		['boolean_field', 'other'],
		['email_field', 'bademail'],
		['integer_field', 14.1],
		['float_field', '14c'],
		['datetime_field', 'yesterday'],
		['percent_field', '100%'],
	])('skips %s = %j with the text of the recording, without an id', async (field, value) => {
		expect(await updateById({ [field]: value, firstName: 'Not written' })).toEqual([
			{
				status: 'skipped',
				reasons: [
					{ code: '1003', message: `Invalid value for field '${field}' and value '${value}'` },
				],
			},
		]);
		expect((await inFull()).firstName).toBe('Maria');
	});

	it('writes nothing twice: the same values leave updatedAt as it was', async () => {
		const before = await byEmail('two@example.com');
		await api.admin('clock', { advanceSeconds: 30 });
		expect(await updateById({ firstName: 'Maria' })).toEqual([{ id, status: 'updated' }]);
		expect(await byEmail('two@example.com')).toEqual(before);
	});

	it('puts people on a new list, reads it by form and takes them off by query', async () => {
		const folder = await api.get('/rest/asset/v1/folder/byName.json?name=Group%20Lists');
		expect(folder.result![0].folderId).toEqual({ id: 12, type: 'Folder' });
		const list = await api.form(
			'/rest/asset/v1/staticLists.json',
			'name=%28test%29%20High%20Value&folder=%7B%22type%22%3A%22Folder%22%2C%22id%22%3A12%7D',
		);
		const listId = list.result![0].id as number;
		const added = await api.post(`/rest/v1/lists/${listId}/leads.json`, { input: [{ id }] });
		expect(added.result).toEqual([{ id, status: 'added' }]);
		const members = await api.form(
			`/rest/v1/list/${listId}/leads.json`,
			`listId=${listId}&_method=GET`,
		);
		expect(members.result![0]).toMatchObject({ id, email: 'two@example.com' });
		const removed = await api.raw(`/rest/v1/lists/${listId}/leads.json?id=${id}`, {
			method: 'DELETE',
		});
		expect(((await removed.json()) as Loose).result).toEqual([{ id, status: 'removed' }]);
		const after = await api.form(
			`/rest/v1/list/${listId}/leads.json`,
			`listId=${listId}&_method=GET`,
		);
		expect(after.result).toEqual([]);
		const gone = await api.post(`/rest/asset/v1/staticList/${listId}/delete.json`);
		expect(gone).toMatchObject({
			success: true,
			errors: [],
			warnings: [],
			result: [{ id: listId }],
		});
	});

	it('finds several by address and deletes them with _method=DELETE', async () => {
		const other = await api.create({ email: 'three@example.com' });
		const found = await byEmail('one@example.com,two@example.com,three@example.com');
		expect(found.map((person) => person.id)).toEqual([id, other]);
		const deleted = await api.post('/rest/v1/leads.json?_method=DELETE', {
			input: [{ id }, { id: other }],
		});
		expect(deleted.result).toEqual([
			{ id, status: 'deleted' },
			{ id: other, status: 'deleted' },
		]);
		expect(await byEmail('two@example.com')).toEqual([]);
	});
});
