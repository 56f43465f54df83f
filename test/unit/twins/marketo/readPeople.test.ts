import { type Loose, startTestTwin, type TestTwin } from './support';

const LEADS = '/rest/v1/leads.json';

describe('reading people from the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin({ count: 20 });
	});
	afterAll(async () => await api.twin.close());

	it('gives the default fields, empty ones as null', async () => {
		const id = await api.create({ email: 'maria@example.com', firstName: 'Maria' });
		const { result } = await api.get(`${LEADS}?filterType=email&filterValues=maria%40example.com`);
		expect(Object.keys(result![0])).toEqual([
			'id',
			'firstName',
			'lastName',
			'email',
			'updatedAt',
			'createdAt',
		]);
		expect(result![0]).toMatchObject({ id, firstName: 'Maria', lastName: null });
		expect(result![0].createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	});

	it('gives id and the wanted fields, by id too', async () => {
		const { result } = await api.get('/rest/v1/lead/1001.json?fields=lastName,vip');
		expect(Object.keys(result![0])).toEqual(['id', 'lastName', 'vip']);
		expect(result![0].vip).toBe(false);
	});

	it('takes values comma-separated, repeated, and in any case', async () => {
		await api.create({ email: 'Upper@Example.com' });
		const one = await api.get(`${LEADS}?filterType=id&filterValues=1001,1002&filterValues=1003`);
		expect(one.result!.map(({ id }) => id)).toEqual([1001, 1002, 1003]);
		const two = await api.get(`${LEADS}?filterType=email&filterValues=upper@example.COM`);
		expect(two.result).toHaveLength(1);
	});

	it('succeeds with an empty result when nobody matches, and not so for one id', async () => {
		expect(await api.get(`${LEADS}?filterType=id&filterValues=99`)).toMatchObject({
			success: true,
			result: [],
		});
		expect(await api.get('/rest/v1/lead/99.json')).toMatchObject({
			success: false,
			errors: [{ code: '1004' }],
		});
	});

	it('takes the query in the body of a POST with _method in the query or in the body', async () => {
		const query = 'filterType=id&filterValues=1001,1002&fields=email';
		const one = await api.form(`${LEADS}?_method=GET`, query);
		const two = await api.form(LEADS, `${query}&_method=GET`);
		expect(one.result).toHaveLength(2);
		expect(two.result).toEqual(one.result);
	});

	it('answers a URI over 8 KB with HTTP 414', async () => {
		const answer = await api.raw(
			`${LEADS}?filterType=externalReference&filterValues=${'x'.repeat(8200)}`,
		);
		expect(answer.status).toBe(414);
	});

	it('filters by custom string, e-mail and integer fields, and by nothing else', async () => {
		const id = await api.create({
			customerNumber: 'C-77',
			seats: 4711,
			privateEmail: 'p@example.com',
		});
		for (const [field, value] of [
			['customerNumber', 'c-77'],
			['seats', '4711'],
			['privateEmail', 'P@example.com'],
		]) {
			const { result } = await api.get(`${LEADS}?filterType=${field}&filterValues=${value}`);
			expect(result!.map((person) => person.id)).toEqual([id]);
		}
		const standard = await api.get(`${LEADS}?filterType=lastName&filterValues=Smith`);
		expect(standard.errors![0].code).toBe('1011');
		const boolean = await api.get(`${LEADS}?filterType=vip&filterValues=true`);
		expect(boolean.errors![0].code).toBe('1011');
	});

	it.each([
		['filterValues=1', '1002'],
		['filterType=id', '1002'],
		['filterType=nonsense&filterValues=1', '1006'],
		['filterType=id&filterValues=1&fields=nonsense', '1006'],
		['filterType=id&filterValues=one', '1001'],
		[
			`filterType=id&filterValues=${Array.from({ length: 301 }, (_, index) => index + 1).join()}`,
			'1003',
		],
	])('refuses %s with %s', async (query, code) => {
		expect((await api.get(`${LEADS}?${query}`)).errors![0].code).toBe(code);
	});

	it('pages with a token and says so, and refuses the token for another query', async () => {
		const first = await api.get(`${LEADS}?filterType=id&filterValues=1001,1002,1003&batchSize=2`);
		expect(first.moreResult).toBe(true);
		const token = encodeURIComponent(first.nextPageToken!);
		const second = await api.get(
			`${LEADS}?filterType=id&filterValues=1001,1002,1003&batchSize=2&nextPageToken=${token}`,
		);
		expect(second.result!.map(({ id }) => id)).toEqual([1003]);
		expect(second.nextPageToken).toBeUndefined();
		const other = await api.get(`${LEADS}?filterType=id&filterValues=1001&nextPageToken=${token}`);
		expect(other.errors![0].code).toBe('1003');
		await api.admin('expire', { what: 'pagingToken' });
		const late = await api.get(
			`${LEADS}?filterType=id&filterValues=1001,1002,1003&batchSize=2&nextPageToken=${token}`,
		);
		expect(late.success).toBe(false);
	});

	it('finds at most 1,000', async () => {
		for (let batch = 0; batch < 4; batch++) {
			const count = batch < 3 ? 300 : 100;
			await api.post(LEADS, {
				action: 'createDuplicate',
				input: Array.from({ length: count }, () => ({ email: 'many@example.com' })),
			});
		}
		const exact = await api.get(`${LEADS}?filterType=email&filterValues=many@example.com`);
		expect(exact.result).toHaveLength(300);
		await api.create({ email: 'many@example.com' });
		const over = await api.get(`${LEADS}?filterType=email&filterValues=many@example.com`);
		expect(over.errors).toEqual([{ code: '1003', message: 'Too many results match the filter' }]);
	});

	it('knows neither other paths (610) nor other methods (605)', async () => {
		expect((await api.get('/rest/v1/nothing.json')).errors![0].code).toBe('610');
		expect((await api.get('/rest//v1/leads.json')).errors![0].code).toBe('610');
		const put = (await (await api.raw(LEADS, { method: 'PUT' })).json()) as Loose;
		expect(put.errors[0].code).toBe('605');
	});
});
