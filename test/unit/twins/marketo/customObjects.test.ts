import { type Loose, startTestTwin, type TestTwin } from './support';

const SCHEMA = '/rest/v1/customobjects/schema';
const CAR_FIELDS = [
	{
		displayName: 'Lead ID',
		name: 'leadID',
		dataType: 'link',
		relatedTo: { name: 'lead', field: 'id' },
	},
	{ displayName: 'VIN', name: 'vin', dataType: 'string', isDedupeField: true },
	{ displayName: 'Make', name: 'make', dataType: 'string' },
	{ displayName: 'Year', name: 'year', dataType: 'integer' },
];

describe('custom objects of the Marketo twin', () => {
	let api: TestTwin;
	beforeEach(async () => {
		api = await startTestTwin({ count: 3 });
	});
	afterEach(async () => await api.twin.close());

	const code = (answer: { errors?: Loose[] }) => answer.errors?.[0].code;
	const make = async (apiName: string, fields: object[] = CAR_FIELDS) => {
		await api.post(`${SCHEMA}.json`, {
			action: 'createOnly',
			apiName,
			displayName: `The ${apiName}`,
		});
		await api.post(`${SCHEMA}/${apiName}/addField.json`, { input: fields });
		return await api.post(`${SCHEMA}/${apiName}/approve.json`);
	};
	const write = async (name: string, input: object[], more: object = {}) =>
		(await api.post(`/rest/v1/customobjects/${name}.json`, { input, ...more })).result as Loose[];

	describe('their schema', () => {
		it('is a draft until it is approved, and cannot be used before', async () => {
			await api.post(`${SCHEMA}.json`, {
				apiName: 'car',
				displayName: 'Car',
				description: 'owned',
			});
			const draft = (await api.get(`${SCHEMA}/car/describe.json`)).result![0];
			expect(draft).toMatchObject({
				state: 'draft',
				apiName: 'car',
				idField: null,
				createdAt: null,
				searchableFields: [[]],
			});
			expect(code(await api.get('/rest/v1/customobjects/car/describe.json'))).toBe('1013');
			expect(code(await api.post(`${SCHEMA}/car/approve.json`))).toBe('1003');
			await api.post(`${SCHEMA}/car/addField.json`, { input: CAR_FIELDS });
			expect((await api.post(`${SCHEMA}/car/approve.json`)).result).toEqual([]);
			expect((await api.get('/rest/v1/customobjects/car/describe.json')).result).toMatchObject([
				{
					name: 'car',
					idField: 'marketoGUID',
					dedupeFields: ['vin'],
					searchableFields: [['vin'], ['marketoGUID'], ['leadID']],
					relationships: [
						{ field: 'leadID', type: 'child', relatedTo: { name: 'Lead', field: 'id' } },
					],
				},
			]);
			const list = (await api.get('/rest/v1/customobjects.json?names=car')).result!;
			expect(list).toMatchObject([{ name: 'car' }]);
			expect(list[0]).not.toHaveProperty('fields');
		});

		it('keeps what is approved while a draft is made, and takes the draft back', async () => {
			await make('car');
			const field = { input: [{ displayName: 'Color', name: 'color', dataType: 'string' }] };
			await api.post(`${SCHEMA}/car/addField.json`, field);
			const names = async (state: string) =>
				(await api.get(`${SCHEMA}/car/describe.json?state=${state}`)).result![0].fields.map(
					(one: Loose) => one.name,
				) as string[];
			expect(await names('draft')).toContain('color');
			expect(await names('approvedWithDraft')).not.toContain('color');
			expect((await api.get(`${SCHEMA}.json`)).result).toMatchObject([
				{ state: 'approvedWithDraft' },
			]);
			await api.post(`${SCHEMA}/car/discardDraft.json`);
			expect((await api.get(`${SCHEMA}.json`)).result).toMatchObject([{ state: 'approved' }]);
			expect(code(await api.post(`${SCHEMA}/car/discardDraft.json`))).toBe('1048');
		});

		it.each([
			['renamed', `${SCHEMA}.json`, { action: 'updateOnly', apiName: 'car', displayName: 'Auto' }],
			[
				'given another key',
				`${SCHEMA}/car/addField.json`,
				{ input: [{ displayName: 'Id', name: 'other', dataType: 'string', isDedupeField: true }] },
			],
			['rid of its link', `${SCHEMA}/car/deleteField.json`, { input: [{ name: 'leadID' }] }],
		])('is not %s once it is approved', async (_what, path, body) => {
			await make('car');
			expect(code(await api.post(path, body))).toBe('1003');
		});

		it('takes 20 more fields after approval, and 10 objects', async () => {
			await make('car');
			const fields = (count: number) =>
				Array.from({ length: count }, (_, index) => ({
					displayName: `F ${index}`,
					name: `f${index}`,
					dataType: 'string',
				}));
			expect(code(await api.post(`${SCHEMA}/car/addField.json`, { input: fields(21) }))).toBe(
				'1028',
			);
			expect(
				code(await api.post(`${SCHEMA}/car/addField.json`, { input: fields(20) })),
			).toBeUndefined();
			for (let number = 2; number <= 10; number++) await make(`o${number}`);
			const last = { apiName: 'o11', displayName: 'Last' };
			expect(code(await api.post(`${SCHEMA}.json`, last))).toBe('1014');
		});

		it('changes and drops fields of a draft', async () => {
			await api.post(`${SCHEMA}.json`, { apiName: 'car', displayName: 'Car' });
			await api.post(`${SCHEMA}/car/addField.json`, { input: CAR_FIELDS });
			await api.post(`${SCHEMA}/car/make/updateField.json`, {
				displayName: 'Maker',
				dataType: 'text',
			});
			await api.post(`${SCHEMA}/car/deleteField.json`, { input: [{ name: 'year' }] });
			const [{ fields }] = (await api.get(`${SCHEMA}/car/describe.json`)).result!;
			expect(fields).toContainEqual(
				expect.objectContaining({ name: 'make', displayName: 'Maker', dataType: 'text' }),
			);
			expect(fields.map((one: Loose) => one.name)).not.toContain('year');
			expect(fields).toContainEqual(
				expect.objectContaining({ name: 'leadID', dataType: 'integer' }),
			);
		});

		it('links to people, companies and objects without a link, and keeps what is linked to', async () => {
			await make('course', [
				{ displayName: 'Course ID', name: 'courseID', dataType: 'string', isDedupeField: true },
			]);
			await make('car');
			const names = (await api.get(`${SCHEMA}/linkableObjects.json`)).result!.map(
				({ name }) => name,
			);
			expect(names).toEqual(['lead', 'company', 'course']);
			const bridge = [
				...CAR_FIELDS.slice(0, 2),
				{
					displayName: 'Course',
					name: 'courseID',
					dataType: 'link',
					relatedTo: { name: 'course', field: 'courseID' },
				},
			];
			expect(code(await make('enrollment', bridge))).toBeUndefined();
			expect(code(await api.post(`${SCHEMA}/course/delete.json`))).toBe('1022');
			await api.post(`${SCHEMA}.json`, { apiName: 'wrong', displayName: 'Wrong' });
			const chain = {
				displayName: 'x',
				name: 'x',
				dataType: 'link',
				relatedTo: { name: 'car', field: 'vin' },
			};
			expect(code(await api.post(`${SCHEMA}/wrong/addField.json`, { input: [chain] }))).toBe(
				'1003',
			);
			expect((await api.get(`${SCHEMA}/fieldDataTypes.json`)).result).toContain('link');
			expect((await api.get(`${SCHEMA}/car/dependentAssets.json`)).result).toEqual([]);
		});

		it('is not part of every subscription, and asks for a permission of its own', async () => {
			await api.admin('options', { customObjectSchema: false });
			expect(code(await api.get(`${SCHEMA}.json`))).toBe('616');
			await api.admin('options', { customObjectSchema: true });
			await api.signInAs('without-custom-object-type', 'secret-without-custom-object-type');
			expect(code(await api.get(`${SCHEMA}.json`))).toBe('603');
			expect(code(await api.get('/rest/v1/customobjects.json'))).toBeUndefined();
		});
	});

	describe('their records', () => {
		beforeEach(async () => {
			await make('car');
		});

		it('are written by key, with whom they belong to', async () => {
			const made = await write('car', [
				{ vin: 'A', leadID: 1001, make: 'BMW', year: 2003 },
				{ vin: 'B', leadID: 99999999 },
			]);
			expect(made).toEqual([
				{ seq: 0, status: 'created', marketoGUID: expect.stringMatching(/^[0-9a-f-]{36}$/) },
				{ seq: 1, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
			]);
			const guid = made[0].marketoGUID as string;
			for (const [filter, value] of [
				['vin', 'a'],
				['idField', guid],
				['marketoGUID', guid],
				['leadID', '1001'],
			]) {
				const path = `/rest/v1/customobjects/car.json?filterType=${filter}&filterValues=${value}&fields=make,year`;
				expect((await api.get(path)).result).toMatchObject([
					{ seq: 0, marketoGUID: guid, make: 'BMW', year: 2003 },
				]);
			}
		});

		it('take names in any letter case, and updates by GUID with updateOnly', async () => {
			const [{ marketoGUID }] = await write('car', [{ VIN: 'A', leadId: 1001 }]);
			const byId = { action: 'updateOnly', dedupeBy: 'idField' };
			expect(await write('car', [{ marketoGUID, make: 'Tesla' }], byId)).toMatchObject([
				{ status: 'updated', marketoGUID },
			]);
			await write('car', [{ vin: 'B' }]);
			expect(await write('car', [{ marketoGUID, vin: 'b' }], byId)).toMatchObject([
				{ status: 'skipped', reasons: [{ code: '1017' }] },
			]);
		});

		it('are deleted by key', async () => {
			await write('car', [{ vin: 'A' }]);
			const answer = await api.post('/rest/v1/customobjects/car/delete.json', {
				deleteBy: 'dedupeFields',
				input: [{ vin: 'A' }, { vin: 'B' }],
			});
			expect(answer.result).toMatchObject([
				{ seq: 0, status: 'deleted' },
				{ seq: 1, status: 'skipped', reasons: [{ code: '1013', message: 'Object not found' }] },
			]);
		});

		it('go to the winner of a merge', async () => {
			await write('car', [{ vin: 'A', leadID: 1002 }]);
			await api.post('/rest/v1/leads/1001/merge.json?leadIds=1002');
			const path = '/rest/v1/customobjects/car.json?filterType=leadID&filterValues=1001';
			expect((await api.get(path)).result).toHaveLength(1);
		});

		it('are not known by a name that is not there', async () => {
			expect(
				code(await api.post('/rest/v1/customobjects/boat.json', { input: [{ vin: 'A' }] })),
			).toBe('1013');
		});
	});
});
