import { type Loose, startTestTwin, type TestTwin } from './support';

const SCHEMA = '/rest/v1/leads/schema/fields';

describe('fields of the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin({
			count: 1,
			fields: {
				result: [
					{
						id: 9001,
						displayName: 'Percent Field',
						dataType: 'percent',
						rest: { name: 'percent_field', readOnly: false },
					},
					{
						id: 44,
						displayName: 'Key',
						dataType: 'string',
						length: 36,
						rest: { name: 'key_field', readOnly: false },
					},
					{
						id: 60,
						displayName: 'Job Title',
						dataType: 'string',
						length: 40,
						rest: { name: 'title', readOnly: false },
					},
				],
			},
		});
	});
	afterAll(async () => await api.twin.close());

	const described = async (name: string) =>
		(await api.get('/rest/v1/leads/describe.json')).result!.find(
			(field) => field.rest.name === name,
		);

	it('describes a real-sized instance with the quirks of a live one', async () => {
		const { result } = await api.get('/rest/v1/leads/describe.json');
		expect(result!.length).toBeGreaterThan(240);
		expect(new Set(result!.map(({ id }) => id)).size).toBe(result!.length);
		expect(new Set(result!.map(({ rest }) => rest.name)).size).toBe(result!.length);
		expect(await described('email')).toEqual({
			id: 56,
			displayName: 'Email Address',
			dataType: 'email',
			length: 255,
			rest: { name: 'email', readOnly: false },
			soap: { name: 'Email', readOnly: false },
		});
		expect((await described('id')).rest.readOnly).toBe(false);
		expect((await described('createdAt')).rest.readOnly).toBe(true);
		expect((await described('leadScore')).dataType).toBe('integer');
		expect((await described('address')).length).toBeUndefined();
	});

	it('lists the searchable fields in describe2', async () => {
		const [object] = (await api.get('/rest/v1/leads/describe2.json')).result!;
		expect(object.name).toBe('API Lead');
		expect(object.searchableFields).toContainEqual(['email']);
		expect(object.searchableFields).toContainEqual(['externalReference']);
		expect(object.searchableFields).not.toContainEqual(['lastName']);
		expect(object.fields.find(({ name }: Loose) => name === 'updatedAt').updateable).toBe(false);
	});

	it('takes more fields in the shape of describe, and overrides those it has', async () => {
		expect((await described('percent_field')).id).toBe(9001);
		expect((await described('key_field')).id).not.toBe(44);
		expect((await described('title')).length).toBe(40);
		const id = await api.create({ percent_field: 99, key_field: 'a' });
		const { result } = await api.get(
			`/rest/v1/leads.json?filterType=key_field&filterValues=A&fields=percent_field`,
		);
		expect(result).toEqual([{ id, percent_field: 99 }]);
	});

	it('creates custom fields that can be used at once', async () => {
		const input = [
			{ displayName: 'CRM Lead Id', name: 'crmLeadId', dataType: 'string' },
			{
				displayName: 'CRM Score',
				name: 'crmScore',
				dataType: 'score',
				description: 'from the CRM',
			},
		];
		const made = await api.post(`${SCHEMA}.json`, { input });
		expect(made.result).toEqual([
			{ name: 'crmLeadId', status: 'created' },
			{ name: 'crmScore', status: 'created' },
		]);
		const id = await api.create({ crmLeadId: 'X-1', crmScore: 3 });
		const found = await api.get(
			'/rest/v1/leads.json?filterType=crmLeadId&filterValues=x-1&fields=crmScore',
		);
		expect(found.result).toEqual([{ id, crmScore: 3 }]);
		expect((await described('crmScore')).dataType).toBe('integer');
		const [field] = (await api.get(`${SCHEMA}/crmScore.json`)).result!;
		expect(field).toMatchObject({
			dataType: 'score',
			isCustom: true,
			isApiCreated: true,
			description: 'from the CRM',
		});
	});

	it.each([
		[{ displayName: 'Email Address', name: 'email', dataType: 'email' }, '1017'],
		[{ displayName: 'Territory', name: 'territory2', dataType: 'string' }, '1017'],
		[{ displayName: 'Long Text', name: 'longText', dataType: 'text' }, '1001'],
		[{ displayName: 'Bad Name', name: '1bad', dataType: 'string' }, '1001'],
		[{ displayName: 'Bad & Ugly', name: 'badUgly', dataType: 'string' }, '1001'],
		[{ name: 'noDisplayName', dataType: 'string' }, '1002'],
	])('does not create %j', async (record, code) => {
		const { result } = await api.post(`${SCHEMA}.json`, { input: [record] });
		expect(result![0]).toMatchObject({ status: 'skipped', reasons: [{ code }] });
	});

	it('changes what may be changed of a field; a hidden one is gone from describe', async () => {
		await api.post(`${SCHEMA}.json`, {
			input: [{ displayName: 'Temp', name: 'temp', dataType: 'date' }],
		});
		const update = async (name: string, record: object) =>
			await api.post(`${SCHEMA}/${name}.json`, { input: [record] });
		expect((await update('temp', { displayName: 'Temporary' })).result).toEqual([
			{ name: 'temp', status: 'updated' },
		]);
		expect((await described('temp')).displayName).toBe('Temporary');
		expect((await update('temp', { dataType: 'string' })).errors![0].code).toBe('1003');
		expect((await update('email', { displayName: 'Mail' })).errors![0].code).toBe('1003');
		expect((await update('territory', { isHidden: true })).errors![0].code).toBe('1003');
		expect((await update('nonsense', { displayName: 'X' })).errors![0].code).toBe('1006');
		await update('temp', { isHidden: true });
		expect(await described('temp')).toBeUndefined();
		const read = await api.get('/rest/v1/leads.json?filterType=id&filterValues=1001&fields=temp');
		expect(read.errors![0].code).toBe('1006');
		expect((await api.get(`${SCHEMA}/temp.json`)).result![0].isHidden).toBe(true);
	});

	it('pages through the schema', async () => {
		const names: string[] = [];
		let token = '';
		for (;;) {
			const page = await api.get(`${SCHEMA}.json?batchSize=100${token}`);
			names.push(...page.result!.map(({ name }) => name));
			if (!page.moreResult) break;
			token = `&nextPageToken=${encodeURIComponent(page.nextPageToken!)}`;
		}
		expect(new Set(names).size).toBe(names.length);
		expect(names).toContain('sqlAt');
	});
});
