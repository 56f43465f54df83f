import { readFeed, type Loose, startTestTwin, type TestTwin } from './support';

const COMPANIES = '/rest/v1/companies';
const SALES = '/rest/v1/salespersons';
const OPPORTUNITIES = '/rest/v1/opportunities';
const ROLES = '/rest/v1/opportunities/roles';
const LEADS = '/rest/v1/leads.json';

describe('companies, sales persons, opportunities and roles of the Marketo twin', () => {
	let api: TestTwin;
	let serial = 0;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());
	afterEach(async () => {
		await api.admin('options', { nativeSync: false, unknownParents: 'accepted' });
	});

	const key = () => `K-${++serial}`;
	const write = async (path: string, input: object[], more: object = {}) =>
		(await api.post(`${path}.json`, { input, ...more })).result as Loose[];
	const remove = async (path: string, input: object[], more: object = {}) =>
		(await api.post(`${path}/delete.json`, { input, ...more })).result as Loose[];
	const read = async (path: string, filterType: string, values: string, more = '') =>
		(await api.get(`${path}.json?filterType=${filterType}&filterValues=${values}${more}`))
			.result as Loose[];
	const codes = (result: Loose[]) => result.map((one) => one.reasons?.[0].code);
	const lead = async (values: object = {}) =>
		await api.create({ email: `${key()}@example.com`, ...values });
	const leadField = async (id: number, field: string) =>
		(await api.get(`${LEADS}?filterType=id&filterValues=${id}&fields=${field}`)).result![0][field];
	const opportunity = async (externalOpportunityId: string) =>
		await write(OPPORTUNITIES, [{ externalOpportunityId, name: 'Chairs' }]);

	describe('the pattern they share', () => {
		it('creates and updates by the key, told by the place in the call', async () => {
			const [one, other] = [key(), key()];
			const first = await write(COMPANIES, [{ externalCompanyId: one, company: 'Contoso' }]);
			expect(first).toEqual([{ seq: 0, status: 'created', id: expect.any(Number) }]);
			const second = await write(COMPANIES, [
				{ externalCompanyId: other, company: 'Fabrikam' },
				{ externalCompanyId: one, industry: 'Wood' },
			]);
			expect(second).toEqual([
				{ seq: 0, status: 'created', id: expect.any(Number) },
				{ seq: 1, status: 'updated', id: first[0].id },
			]);
			expect(await read(COMPANIES, 'dedupeFields', one, '&fields=company,industry')).toEqual([
				{
					seq: 0,
					id: first[0].id,
					company: 'Contoso',
					industry: 'Wood',
					createdAt: expect.any(String),
					updatedAt: expect.any(String),
				},
			]);
		});

		it('skips with createOnly what is there and with updateOnly what is not', async () => {
			const externalCompanyId = key();
			const input = [{ externalCompanyId, company: 'x' }];
			expect(codes(await write(COMPANIES, input, { action: 'updateOnly' }))).toEqual(['1013']);
			await write(COMPANIES, input, { action: 'createOnly' });
			expect(codes(await write(COMPANIES, input, { action: 'createOnly' }))).toEqual(['1017']);
		});

		it('updates by id with updateOnly alone, and never moves the key', async () => {
			const externalCompanyId = key();
			const [{ id }] = await write(COMPANIES, [{ externalCompanyId, company: 'x' }]);
			const byId = { action: 'updateOnly', dedupeBy: 'idField' };
			expect(await write(COMPANIES, [{ id, company: 'y' }], byId)).toMatchObject([
				{ status: 'updated' },
			]);
			expect(await read(COMPANIES, 'id', String(id), '&fields=company')).toMatchObject([
				{ company: 'y' },
			]);
			expect(codes(await write(COMPANIES, [{ id, externalCompanyId: key() }], byId))).toEqual([
				'1003',
			]);
			for (const action of ['createOnly', 'createOrUpdate']) {
				const answer = await api.post(`${COMPANIES}.json`, { ...byId, action, input: [{ id }] });
				expect(answer.errors?.[0].code).toBe('1003');
			}
		});

		it('takes a key once per call', async () => {
			const externalCompanyId = key();
			const record = { externalCompanyId, company: 'x' };
			expect(codes(await write(COMPANIES, [record, record]))).toEqual([undefined, '1036']);
		});

		it.each([
			['without its key', { company: 'x' }, '1002'],
			['with a field that is not there', { externalCompanyId: 'a', nothing: 'x' }, '1006'],
			['with a value that does not fit', { externalCompanyId: 'a', annualRevenue: '14c' }, '1003'],
			['with a field of the system', { externalCompanyId: 'a', createdAt: '2020-01-01' }, '1003'],
		])('skips a record %s, and writes the others', async (_what, record, code) => {
			const good = { externalCompanyId: key(), company: 'good' };
			expect(codes(await write(COMPANIES, [record, good]))).toEqual([code, undefined]);
			expect(await read(COMPANIES, 'externalCompanyId', 'a')).toEqual([]);
		});

		it('writes "" and null as nothing, and leaves nothing out of an answer', async () => {
			const externalCompanyId = key();
			await write(COMPANIES, [{ externalCompanyId, company: 'x', industry: 'Wood', site: 'Rome' }]);
			await write(COMPANIES, [{ externalCompanyId, industry: '', site: null }]);
			const [row] = await read(
				COMPANIES,
				'externalCompanyId',
				externalCompanyId,
				'&fields=industry,site,company',
			);
			expect(row).toEqual(expect.objectContaining({ company: 'x' }));
			expect(row).not.toHaveProperty('industry');
			expect(row).not.toHaveProperty('site');
		});

		it('leaves updatedAt alone when nothing changes', async () => {
			const record = { externalCompanyId: key(), company: 'x' };
			await write(COMPANIES, [record]);
			const before = (await read(COMPANIES, 'externalCompanyId', record.externalCompanyId))[0]
				.updatedAt;
			await api.admin('clock', { advanceSeconds: 60 });
			await write(COMPANIES, [record]);
			const again = async () =>
				(await read(COMPANIES, 'externalCompanyId', record.externalCompanyId))[0].updatedAt;
			expect(await again()).toBe(before);
			await write(COMPANIES, [{ ...record, company: 'y' }]);
			expect(await again()).not.toBe(before);
		});

		it('deletes by key or id, and says what is not there', async () => {
			const [one, other] = [key(), key()];
			const made = await write(COMPANIES, [
				{ externalCompanyId: one, company: 'x' },
				{ externalCompanyId: other, company: 'x' },
			]);
			expect(
				await remove(COMPANIES, [{ externalCompanyId: one }, { externalCompanyId: key() }]),
			).toEqual([
				{ seq: 0, id: made[0].id, status: 'deleted' },
				{ seq: 1, status: 'skipped', reasons: [{ code: '1013', message: 'Record not found' }] },
			]);
			await remove(COMPANIES, [{ id: made[1].id }], { deleteBy: 'idField' });
			expect(await read(COMPANIES, 'dedupeFields', `${one},${other}`)).toEqual([]);
		});

		it('pages through what matches', async () => {
			const company = `Same ${key()}`;
			await write(
				COMPANIES,
				[1, 2, 3].map(() => ({ externalCompanyId: key(), company })),
			);
			const query = `${COMPANIES}.json?filterType=company&filterValues=${company}&batchSize=2`;
			const first = await api.get(query);
			expect([first.result!.length, first.moreResult]).toEqual([2, true]);
			const rest = await api.get(
				`${query}&nextPageToken=${encodeURIComponent(first.nextPageToken!)}`,
			);
			expect([rest.result!.length, rest.moreResult]).toEqual([1, undefined]);
		});

		it.each([
			[`${COMPANIES}.json?filterType=industry&filterValues=x`, '1011'],
			[`${COMPANIES}.json?filterType=nothing&filterValues=x`, '1006'],
			[`${COMPANIES}.json?filterType=id`, '1002'],
			[`${COMPANIES}.json?filterType=id&filterValues=1&fields=nothing`, '1006'],
			[`${ROLES}.json?filterType=dedupeFields&filterValues=x`, '1003'],
		])('refuses %s', async (path, code) => {
			expect((await api.get(path)).errors?.[0].code).toBe(code);
		});

		it('takes 300 records and values', async () => {
			const input = Array.from({ length: 301 }, () => ({ externalCompanyId: key() }));
			expect((await api.post(`${COMPANIES}.json`, { input })).errors?.[0].code).toBe('1003');
			const values = Array.from({ length: 301 }, (_, index) => index).join();
			const form = await api.form(
				`${COMPANIES}.json?_method=GET`,
				`filterType=id&filterValues=${values}`,
			);
			expect(form.errors?.[0].code).toBe('1003');
		});

		it('strikes one record of a call by a fault', async () => {
			const [one, other] = [key(), key()];
			await api.admin('fail', { match: { id: one }, code: '1003', times: 1 });
			const result = await write(COMPANIES, [
				{ externalCompanyId: one },
				{ externalCompanyId: other },
			]);
			expect(codes(result)).toEqual(['1003', undefined]);
		});

		it.each([
			[COMPANIES, 'Company', 'id', ['externalCompanyId']],
			[SALES, 'SalesPerson', 'id', ['externalSalesPersonId']],
			[OPPORTUNITIES, 'opportunity', 'marketoGUID', ['externalOpportunityId']],
			[ROLES, 'opportunityRole', 'marketoGUID', ['externalOpportunityId', 'leadId', 'role']],
		])('describes %s', async (path, name, idField, dedupeFields) => {
			const [type] = (await api.get(`${path}/describe.json`)).result!;
			expect(type).toMatchObject({ name, idField, dedupeFields });
			expect(type.searchableFields).toContainEqual(dedupeFields);
			expect(type.fields.map((field: Loose) => field.name)).toEqual(
				expect.arrayContaining([idField, 'createdAt', 'updatedAt', ...dedupeFields]),
			);
		});

		it('tells fields of companies and opportunities to those who may see schemas', async () => {
			const field = await api.get(`${COMPANIES}/schema/fields/industry.json`);
			expect(field.result).toMatchObject([
				{ name: 'industry', dataType: 'string', isCustom: false },
			]);
			const page = await api.get(`${OPPORTUNITIES}/schema/fields.json?batchSize=2`);
			expect([page.result!.length, page.moreResult]).toEqual([2, true]);
			const missing = await api.get(`${OPPORTUNITIES}/schema/fields/nothing.json`);
			expect(missing.errors?.[0].code).toBe('1006');
		});
	});

	describe('what they do to people', () => {
		it('lets people of a company read its fields, and write none of them', async () => {
			const externalCompanyId = key();
			await write(COMPANIES, [{ externalCompanyId, company: 'Contoso', industry: 'Wood' }]);
			const id = await lead({ company: 'Own words' });
			await api.post(LEADS, {
				lookupField: 'id',
				action: 'updateOnly',
				input: [{ id, externalCompanyId }],
			});
			expect([await leadField(id, 'company'), await leadField(id, 'industry')]).toEqual([
				'Contoso',
				'Wood',
			]);
			await write(COMPANIES, [{ externalCompanyId, company: 'Contoso AG', industry: null }]);
			expect([await leadField(id, 'company'), await leadField(id, 'industry')]).toEqual([
				'Contoso AG',
				null,
			]);
			const own = await api.post(LEADS, {
				lookupField: 'id',
				action: 'updateOnly',
				input: [{ id, company: 'mine' }],
			});
			expect(codes(own.result!)).toEqual(['1021']);
		});

		it('gives people who name a company before it is there its fields when it comes', async () => {
			const externalCompanyId = key();
			const id = await lead({ externalCompanyId });
			expect(await leadField(id, 'company')).toBeNull();
			await write(COMPANIES, [{ externalCompanyId, company: 'Late Ltd' }]);
			expect(await leadField(id, 'company')).toBe('Late Ltd');
		});

		it('refuses parents that are not there, by choice', async () => {
			await api.admin('options', { unknownParents: 'refused' });
			const answer = await api.post(LEADS, {
				input: [
					{ email: `${key()}@example.com`, externalCompanyId: key() },
					{ email: `${key()}@example.com`, externalSalesPersonId: key() },
				],
			});
			expect(codes(answer.result!)).toEqual(['1013', '1013']);
			const company = { externalCompanyId: key(), externalSalesPersonId: key() };
			expect(codes(await write(COMPANIES, [company]))).toEqual(['1013']);
		});

		it('deletes no company that has people, and no sales person who is in use', async () => {
			const [externalCompanyId, externalSalesPersonId] = [key(), key()];
			await write(SALES, [{ externalSalesPersonId, email: 'sam@example.com' }]);
			await write(COMPANIES, [{ externalCompanyId, company: 'x' }]);
			const id = await lead({ externalCompanyId, externalSalesPersonId });
			expect(codes(await remove(COMPANIES, [{ externalCompanyId }]))).toEqual(['1022']);
			expect(codes(await remove(SALES, [{ externalSalesPersonId }]))).toEqual(['1022']);
			await api.post('/rest/v1/leads/delete.json', { input: [{ id }] });
			expect(await remove(COMPANIES, [{ externalCompanyId }])).toMatchObject([
				{ status: 'deleted' },
			]);
			expect(await remove(SALES, [{ externalSalesPersonId }])).toMatchObject([
				{ status: 'deleted' },
			]);
		});

		it('keeps a sales person of a company that was deleted (the vendor says so)', async () => {
			const [externalCompanyId, externalSalesPersonId] = [key(), key()];
			await write(SALES, [{ externalSalesPersonId, email: 'x@example.com' }]);
			await write(COMPANIES, [{ externalCompanyId, externalSalesPersonId }]);
			await remove(COMPANIES, [{ externalCompanyId }]);
			expect(codes(await remove(SALES, [{ externalSalesPersonId }]))).toEqual(['1022']);
		});

		it('finds sales persons by e-mail, and shows all they have', async () => {
			const email = `${key()}@example.com`;
			const record = { externalSalesPersonId: key(), email, firstName: 'Sam' };
			await write(SALES, [record]);
			expect(await read(SALES, 'email', email)).toMatchObject([{ seq: 0, ...record }]);
		});
	});

	describe('opportunities', () => {
		it('need a name, and a sales person who is there (else the whole call fails)', async () => {
			const externalOpportunityId = key();
			expect(codes(await write(OPPORTUNITIES, [{ externalOpportunityId }]))).toEqual(['1002']);
			const answer = await api.post(`${OPPORTUNITIES}.json`, {
				input: [
					{ externalOpportunityId, name: 'x' },
					{ externalOpportunityId: key(), name: 'x', externalSalesPersonId: key() },
				],
			});
			expect(answer.errors?.[0].code).toBe('718');
			expect(await read(OPPORTUNITIES, 'dedupeFields', externalOpportunityId)).toEqual([]);
		});

		it('link to people by roles, whose ends must both be there', async () => {
			const externalOpportunityId = key();
			await opportunity(externalOpportunityId);
			const leadId = await lead();
			const role = { externalOpportunityId, leadId, role: 'Captain', isPrimary: true };
			expect(
				codes(
					await write(ROLES, [
						role,
						{ ...role, leadId: 99999999 },
						{ ...role, externalOpportunityId: key() },
					]),
				),
			).toEqual([undefined, '1004', '1013']);
			const answer = await api.post(`${ROLES}.json?_method=GET`, {
				filterType: 'dedupeFields',
				fields: ['marketoGuid', 'leadId', 'role', 'isPrimary'],
				input: [{ externalOpportunityId, leadId, role: 'captain' }],
			});
			expect(answer.result).toMatchObject([{ seq: 0, leadId, role: 'Captain', isPrimary: true }]);
			expect(await read(ROLES, 'leadId', String(leadId))).toHaveLength(1);
			expect(await read(ROLES, 'externalOpportunityId', externalOpportunityId)).toHaveLength(1);
		});

		it('are deleted after their roles', async () => {
			const externalOpportunityId = key();
			await opportunity(externalOpportunityId);
			const role = { externalOpportunityId, leadId: await lead(), role: 'Buyer' };
			await write(ROLES, [role]);
			expect(codes(await remove(OPPORTUNITIES, [{ externalOpportunityId }]))).toEqual(['1022']);
			expect(await remove(ROLES, [role])).toMatchObject([{ status: 'deleted' }]);
			expect(await remove(OPPORTUNITIES, [{ externalOpportunityId }])).toMatchObject([
				{ status: 'deleted' },
			]);
		});

		it('show in the log of everybody who has a role', async () => {
			const externalOpportunityId = key();
			await opportunity(externalOpportunityId);
			const leadId = await lead();
			const token = await api.tokenSince(0);
			const role = { externalOpportunityId, leadId, role: 'Buyer' };
			await write(ROLES, [role]);
			await write(OPPORTUNITIES, [{ externalOpportunityId, stage: 'Won' }]);
			await remove(ROLES, [role]);
			const { rows } = await readFeed(
				api,
				'/rest/v1/activities.json?activityTypeIds=34,35,36',
				token,
			);
			const mine = rows.filter((row) => row.leadId === leadId);
			expect(mine.map((row) => [row.leadId, row.activityTypeId])).toEqual([
				[leadId, 34],
				[leadId, 36],
				[leadId, 35],
			]);
			expect(mine[1].attributes).toContainEqual({ name: 'New Value', value: 'Won' });
		});

		it('follow the winner of a merge, and end with a deleted person', async () => {
			const externalOpportunityId = key();
			await opportunity(externalOpportunityId);
			const [winner, loser] = [await lead(), await lead()];
			await write(ROLES, [{ externalOpportunityId, leadId: loser, role: 'Buyer' }]);
			await api.post(`/rest/v1/leads/${winner}/merge.json?leadIds=${loser}`);
			expect(await read(ROLES, 'leadId', String(winner))).toHaveLength(1);
			await api.post('/rest/v1/leads/delete.json', { input: [{ id: winner }] });
			expect(await read(ROLES, 'externalOpportunityId', externalOpportunityId)).toEqual([]);
		});
	});

	it('belongs to the CRM while the native sync is on: read, not written, roles not at all', async () => {
		const externalCompanyId = key();
		await write(COMPANIES, [{ externalCompanyId, company: 'x' }]);
		await api.admin('options', { nativeSync: true });
		for (const path of [COMPANIES, SALES, OPPORTUNITIES, ROLES]) {
			for (const call of [`${path}.json`, `${path}/delete.json`]) {
				const answer = await api.post(call, { input: [{ externalCompanyId }] });
				expect(answer.errors).toEqual([{ code: '1018', message: 'CRM Enabled' }]);
			}
		}
		expect(await read(COMPANIES, 'dedupeFields', externalCompanyId)).toHaveLength(1);
		expect((await api.get(`${ROLES}/describe.json`)).errors?.[0].code).toBe('1018');
	});

	it('lists records under /__twin/, which no call of the API does', async () => {
		const externalCompanyId = key();
		await write(COMPANIES, [{ externalCompanyId, company: 'Listed' }]);
		const { companies } = (await api.admin('objects')) as Record<string, number>;
		const { total, records } = (await api.admin(`objects/companies?offset=${companies! - 1}`)) as {
			total: number;
			records: Loose[];
		};
		expect(total).toBe(companies);
		expect(records).toMatchObject([{ externalCompanyId, company: 'Listed' }]);
		expect((await api.admin('objects/nothing')).error).toBe('There is no object nothing.');
	});

	it.each([
		['company', COMPANIES],
		['opportunity', OPPORTUNITIES],
		['opportunity', ROLES],
		['sales-person', SALES],
	])('asks for the permission (without-%s, %s)', async (what, path) => {
		const clients = (await api.admin('clients')) as Loose[];
		const full = clients.find(({ clientId }) => clientId === api.twin.clientId);
		await api.signInAs(`without-${what}`, `secret-without-${what}`);
		expect((await api.get(`${path}/describe.json`)).errors?.[0].code).toBe('603');
		expect((await api.post(`${path}.json`, { input: [{}] })).errors?.[0].code).toBe('603');
		await api.signInAs(full.clientId, full.clientSecret);
	});
});
