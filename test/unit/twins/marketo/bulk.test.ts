import { createHash } from 'node:crypto';
import { readFeed, type Loose, startTestTwin, type TestTwin } from './support';

const IMPORT = '/bulk/v1/leads.json';
const EXPORT = '/bulk/v1/leads/export';

describe('bulk import and extract of the Marketo twin', () => {
	let api: TestTwin;
	beforeEach(async () => {
		api = await startTestTwin({ count: 4 });
		await api.admin('options', { bulkJobMs: 10_000 });
	});
	afterEach(async () => await api.twin.close());

	const code = (answer: { errors?: Loose[] }) => answer.errors?.[0].code;
	const wait = async (seconds = 10) => await api.admin('clock', { advanceSeconds: seconds });
	const upload = async (path: string, file: string, fields: Record<string, string> = {}) => {
		const form = new FormData();
		for (const [name, value] of Object.entries(fields)) form.set(name, value);
		form.set('file', new Blob([file], { type: 'text/csv' }), 'file.csv');
		return (await (await api.raw(path, { method: 'POST', body: form })).json()) as Loose;
	};
	const text = async (path: string) => {
		const answer = await api.raw(path);
		return { status: answer.status, body: await answer.text() };
	};
	const makeCar = async () => {
		const schema = '/rest/v1/customobjects/schema';
		await api.post(`${schema}.json`, { apiName: 'car_c', displayName: 'Car' });
		await api.post(`${schema}/car_c/addField.json`, {
			input: [
				{
					displayName: 'Lead',
					name: 'leadID',
					dataType: 'link',
					relatedTo: { name: 'lead', field: 'id' },
				},
				{ displayName: 'VIN', name: 'vin', dataType: 'string', isDedupeField: true },
				{ displayName: 'Year', name: 'year', dataType: 'integer' },
			],
		});
		await api.post(`${schema}/car_c/approve.json`);
	};

	describe('people in', () => {
		const status = async (batch: number) =>
			(await api.get(`/bulk/v1/leads/batch/${batch}.json`)).result![0];
		const byEmail = async (email: string) =>
			(
				await api.get(
					`/rest/v1/leads.json?filterType=email&filterValues=${email}&fields=firstName,lastName,numberOfEmployees,city`,
				)
			).result!;

		it('are inserted or updated in the background, with what failed and what was left out', async () => {
			const id = await api.create({ email: 'old@example.com', firstName: 'Old', city: 'Rome' });
			const file = [
				'email,firstName,lastName,numberOfEmployees,city',
				'old@example.com,New,"Lee, ""Jr""",5,',
				'new@example.com,Ann,Bø,many,Oslo',
				',Nobody,,,',
				'no address,x,,,',
			].join('\n');
			const created = await upload(`${IMPORT}?format=csv`, file);
			expect(created.result).toEqual([
				{ batchId: expect.any(Number), importId: expect.any(String), status: 'Queued' },
			]);
			const batch = created.result[0].batchId as number;
			expect(await status(batch)).toMatchObject({ batchId: batch, status: 'Importing' });
			expect(await byEmail('new@example.com')).toEqual([]);
			await wait();
			expect(await byEmail('new@example.com')).toMatchObject([
				{ firstName: 'Ann', lastName: 'Bø', numberOfEmployees: null, city: 'Oslo' },
			]);
			expect(await byEmail('old@example.com')).toMatchObject([
				{ id, firstName: 'New', lastName: 'Lee, "Jr"', numberOfEmployees: 5, city: 'Rome' },
			]);
			expect(await status(batch)).toEqual({
				batchId: batch,
				importId: String(batch),
				status: 'Complete',
				numOfLeadsProcessed: 2,
				numOfRowsFailed: 2,
				numOfRowsWithWarning: 1,
				message: 'Import completed with errors, 2 records imported (2 members), 2 failed',
			});
			expect((await text(`/bulk/v1/leads/batch/${batch}/failures.json`)).body.split('\n')).toEqual([
				'email,firstName,lastName,numberOfEmployees,city,Import Failure Reason',
				',Nobody,,,,missing.dedupe.fields',
				"no address,x,,,,Invalid value for field 'email' and value 'no address'",
				'',
			]);
			expect((await text(`/bulk/v1/leads/batch/${batch}/warnings.json`)).body.split('\n')[1]).toBe(
				"new@example.com,Ann,Bø,many,Oslo,Invalid value for field 'numberOfEmployees' and value 'many'",
			);
		});

		it('come by any delimiter and look-up field, into a list, as the log tells', async () => {
			const token = await api.tokenSince(0);
			const { result } = await upload(IMPORT, 'email;firstName\nann@example.com;Ann', {
				format: 'ssv',
				lookupField: 'email',
				listId: '1001',
			});
			await wait();
			expect(await status(result[0].batchId as number)).toMatchObject({ status: 'Complete' });
			expect((await api.get('/rest/v1/lists/1001/leads.json')).result).toHaveLength(1);
			const { rows } = await readFeed(api, '/rest/v1/activities.json?activityTypeIds=12,24', token);
			expect(rows.map((row) => row.activityTypeId)).toEqual([12, 24]);
			expect(rows[0].attributes).toContainEqual({ name: 'Source Type', value: 'List import' });
		});

		it('have no file of failures when nothing failed', async () => {
			const { result } = await upload(`${IMPORT}?format=tsv`, 'email\nann@example.com\n');
			await wait();
			const batch = result[0].batchId as number;
			expect((await status(batch)).message).toBe(
				'Import succeeded, 1 records imported (1 members)',
			);
			for (const kind of ['failures', 'warnings']) {
				expect((await text(`/bulk/v1/leads/batch/${batch}/${kind}.json`)).status).toBe(404);
			}
		});

		it('wait in a queue of ten, two at a time', async () => {
			const batches: number[] = [];
			for (let number = 0; number < 10; number++) {
				const { result } = await upload(`${IMPORT}?format=csv`, `email\np${number}@example.com`);
				batches.push(result[0].batchId as number);
			}
			const full = await upload(`${IMPORT}?format=csv`, 'email\nx@example.com');
			expect(full.errors).toEqual([
				{
					code: '1016',
					message: 'There are 10 imports currently being processed. Please try again later',
				},
			]);
			const states = async () =>
				await Promise.all(batches.map(async (one) => (await status(one)).status as string));
			expect((await states()).slice(0, 4)).toEqual(['Importing', 'Importing', 'Queued', 'Queued']);
			await wait(15);
			expect((await states()).slice(0, 5)).toEqual([
				'Complete',
				'Complete',
				'Importing',
				'Importing',
				'Queued',
			]);
			await wait(600);
			expect(new Set(await states())).toEqual(new Set(['Complete']));
		});

		it.each([
			['a format', `${IMPORT}?format=xls`, '1003'],
			['a look-up field', `${IMPORT}?format=csv&lookupField=city`, '1011'],
			['a list', `${IMPORT}?format=csv&listId=9`, '1013'],
			['a partition', `${IMPORT}?format=csv&partitionName=Mars`, '1008'],
		])('are refused for %s that is not there', async (_what, path, expected) => {
			expect(code(await upload(path, 'email\nx@example.com'))).toBe(expected);
		});

		it('are refused without a form, without a file, for a list that is imported to', async () => {
			expect(code(await api.post(`${IMPORT}?format=csv`, {}))).toBe('612');
			const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
			const broken = await api.raw(`${IMPORT}?format=csv`, { method: 'POST', headers, body: 'x' });
			expect(code((await broken.json()) as Loose)).toBe('613');
			expect(code(await upload(`${IMPORT}?format=csv`, ''))).toBe('1003');
			await upload(`${IMPORT}?format=csv&listId=1001`, 'email\nx@example.com');
			expect(code(await upload(`${IMPORT}?format=csv&listId=1001`, 'email\ny@example.com'))).toBe(
				'1019',
			);
		});

		it('are forgotten as a job after seven days', async () => {
			const { result } = await upload(`${IMPORT}?format=csv`, 'email\nx@example.com');
			await wait(8 * 86_400);
			const path = `/bulk/v1/leads/batch/${result[0].batchId}.json`;
			await api.signInAs(api.twin.clientId, api.twin.clientSecret);
			expect(code(await api.get(path))).toBe('1013');
		});
	});

	describe('custom objects in', () => {
		const path = '/bulk/v1/customobjects/car_c/import';

		it('are inserted or updated by their key, whole rows or nothing', async () => {
			await makeCar();
			const file = 'leadID,vin,year\n1001,A,2003\n99999999,B,2004\n1002,C,14.5\n1003,A,2005\n';
			const { result } = await upload(`${path}.json?format=csv`, file);
			expect(result).toEqual([
				{ batchId: expect.any(Number), status: 'Queued', objectApiName: 'car_c' },
			]);
			await wait();
			const status = (await api.get(`${path}/${result[0].batchId}/status.json`)).result![0];
			expect(status).toEqual({
				batchId: result[0].batchId,
				operation: 'import',
				status: 'Complete',
				objectApiName: 'car_c',
				numOfObjectsProcessed: 2,
				numOfRowsFailed: 2,
				numOfRowsWithWarning: 0,
				importTime: '10 second(s)',
				message: 'Import completed with errors, 2 records imported (2 members), 2 failed',
			});
			expect((await text(`${path}/${result[0].batchId}/failures.json`)).body).toBe(
				"leadID,vin,year,Import Failure Reason\n99999999,B,2004,Lead not found\n1002,C,14.5,Invalid value for field 'year' and value '14.5'\n",
			);
			const cars = await api.get(
				'/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=A&fields=year,leadID',
			);
			expect(cars.result).toMatchObject([{ year: 2005, leadID: 1003 }]);
		});

		it('fail row by row when the key is not in the header (a blank before its name is enough)', async () => {
			await makeCar();
			const { result } = await upload(`${path}.json?format=csv`, 'year, vin\n2003,A\n');
			await wait();
			expect((await text(`${path}/${result[0].batchId}/failures.json`)).body).toBe(
				'year, vin,Import Failure Reason\n2003,A,missing.dedupe.fields\n',
			);
		});

		it('need an object that is there, and a permission', async () => {
			expect(code(await upload(`${path}.json?format=csv`, 'vin\nA'))).toBe('1013');
			await api.signInAs('without-custom-object', 'secret-without-custom-object');
			expect(code(await upload(`${path}.json?format=csv`, 'vin\nA'))).toBe('603');
		});
	});

	describe('people out', () => {
		const days = (from: number, to: number) => {
			const iso = (offset: number) =>
				`${new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 19)}Z`;
			return { startAt: iso(from), endAt: iso(to) };
		};
		const create = async (body: object, path = EXPORT) =>
			await api.post(`${path}/create.json`, body);
		const run = async (body: object, path = EXPORT) => {
			const [{ exportId }] = (await create(body, path)).result!;
			const queued = await api.post(`${path}/${exportId}/enqueue.json`);
			expect(queued.result).toMatchObject([{ exportId, status: 'Queued' }]);
			await wait();
			const status = (await api.get(`${path}/${exportId}/status.json`)).result![0];
			const { body: file } = await text(`${path}/${exportId}/file.json`);
			return { exportId: exportId as string, status, body: file };
		};

		it('are written to a file that the status measures', async () => {
			await api.create({ email: 'ann@example.com', firstName: 'Ann, "A"', unsubscribed: true });
			const { status, body } = await run({
				fields: ['email', 'firstName', 'lastName', 'unsubscribed'],
				columnHeaderNames: { firstName: 'First Name' },
				filter: { createdAt: days(-1, 1) },
			});
			expect(body).toBe(
				'email,First Name,lastName,unsubscribed\nann@example.com,"Ann, ""A""",null,true\n',
			);
			expect(status).toMatchObject({
				status: 'Completed',
				format: 'CSV',
				numberOfRecords: 1,
				fileSize: Buffer.byteLength(body),
				fileChecksum: `sha256:${createHash('sha256').update(body).digest('hex')}`,
			});
		});

		it('are chosen by list, or by a change of any field', async () => {
			await api.post('/rest/v1/lists/1001/leads.json', { input: [{ id: 1002 }] });
			const listed = await run({
				fields: ['id'],
				format: 'TSV',
				filter: { staticListName: 'Newsletter' },
			});
			expect(listed.body).toBe('id\n1002\n');
			await api.admin('edit', { id: 1003, values: { accountTier: 'Gold' } });
			const changed = await run({ fields: ['id'], filter: { updatedAt: days(-0.5, 0.5) } });
			expect(changed.body).toBe('id\n1003\n');
		});

		it('come in parts by Range', async () => {
			await api.post('/rest/v1/lists/1001/leads.json', { input: [{ id: 1002 }] });
			const { exportId } = await run({ fields: ['id'], filter: { staticListId: 1001 } });
			const part = await api.raw(`${EXPORT}/${exportId}/file.json`, {
				headers: { Range: 'bytes=3-5' },
			});
			expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
				206,
				'bytes 3-5/8',
				'100',
			]);
			const beyond = await api.raw(`${EXPORT}/${exportId}/file.json`, {
				headers: { Range: 'bytes=9-' },
			});
			expect(beyond.status).toBe(416);
		});

		it.each([
			[
				'unknown fields',
				{ fields: ['email', 'a', 'b'], filter: { staticListId: 1001 } },
				'1003',
				'Invalid fields [a, b]',
			],
			['no fields', { filter: { staticListId: 1001 } }, '1002', 'fields'],
			['no filter', { fields: ['id'] }, '1002', 'filter'],
			[
				'more than 31 days',
				{ fields: ['id'], filter: { createdAt: days(-40, 0) } },
				'1003',
				'31 days',
			],
			[
				'milliseconds',
				{
					fields: ['id'],
					filter: {
						createdAt: { startAt: '2026-01-01T00:00:00.000Z', endAt: '2026-01-02T00:00:00Z' },
					},
				},
				'704',
				'date',
			],
			[
				'two filters',
				{ fields: ['id'], filter: { createdAt: days(-1, 0), staticListId: 1001 } },
				'1003',
				'one filter',
			],
			['a list that is not there', { fields: ['id'], filter: { staticListId: 9 } }, '1013', 'List'],
		])('are refused for %s', async (_what, body, expected, message) => {
			const answer = await create(body);
			expect(code(answer)).toBe(expected);
			expect(answer.errors![0].message).toContain(message);
		});

		it('do without filters that a subscription does not have', async () => {
			await api.admin('options', { exportFilters: 'basic' });
			for (const filter of [{ updatedAt: days(-1, 0) }, { smartListId: 1 }]) {
				expect(code(await create({ fields: ['id'], filter }))).toBe('1035');
			}
		});

		it('are for whoever made the job, are enqueued once, and can be called off', async () => {
			const body = { fields: ['id'], filter: { staticListId: 1001 } };
			const [{ exportId }] = (await create(body)).result!;
			await api.post(`${EXPORT}/${exportId}/enqueue.json`);
			const again = await api.post(`${EXPORT}/${exportId}/enqueue.json`);
			expect(again.errors).toEqual([{ code: '1029', message: 'Job already queued' }]);
			const early = await text(`${EXPORT}/${exportId}/file.json`);
			expect(early).toEqual({ status: 404, body: expect.stringContaining('no file') });
			expect((await api.post(`${EXPORT}/${exportId}/cancel.json`)).result).toMatchObject([
				{ status: 'Cancelled' },
			]);
			expect((await api.get(`${EXPORT}.json?status=Canceled`)).result).toHaveLength(1);
			expect((await api.get(`${EXPORT}.json?status=Completed`)).result).toEqual([]);
			await api.signInAs('human', 'secret-human');
			expect(code(await api.get(`${EXPORT}/${exportId}/status.json`))).toBe('1013');
		});

		it('stop at ten jobs and at the quota of the day', async () => {
			// Days end at midnight in Chicago: all of this has to fall into one of them.
			await wait(((36 - new Date().getUTCHours()) % 24) * 3600);
			await api.signInAs(api.twin.clientId, api.twin.clientSecret);
			const body = { fields: ['id'], filter: { staticListId: 1001 } };
			for (let number = 0; number < 10; number++) {
				const [{ exportId }] = (await create(body)).result!;
				await api.post(`${EXPORT}/${exportId}/enqueue.json`);
			}
			const [{ exportId }] = (await create(body)).result!;
			const full = await api.post(`${EXPORT}/${exportId}/enqueue.json`);
			expect(full.errors).toEqual([{ code: '1029', message: 'Too many jobs in queue' }]);
			await wait(120);
			await api.admin('options', { exportQuotaBytes: 20 });
			expect((await create(body)).errors).toEqual([
				{ code: '1029', message: 'Export daily quota exceeded' },
			]);
		});
	});

	it('writes custom objects of people to a file', async () => {
		await makeCar();
		const path = '/bulk/v1/customobjects/car_c/export';
		await api.post('/rest/v1/customobjects/car_c.json', {
			input: [{ vin: 'A', leadID: 1001 }, { vin: 'B', leadID: 1002, year: 2003 }, { vin: 'C' }],
		});
		await api.post('/rest/v1/lists/1001/leads.json', { input: [{ id: 1002 }] });
		const body = { fields: ['leadId', 'vin', 'year'], filter: { staticListId: 1001 } };
		const [{ exportId }] = (await api.post(`${path}/create.json`, body)).result!;
		await api.post(`${path}/${exportId}/enqueue.json`);
		await wait();
		expect((await text(`${path}/${exportId}/file.json`)).body).toBe(
			'leadId,vin,year\n1002,B,2003\n',
		);
		const created = await api.post(`${path}/create.json`, {
			fields: ['vin'],
			filter: { createdAt: { startAt: '2026-01-01T00:00:00Z', endAt: '2026-01-02T00:00:00Z' } },
		});
		expect(code(created)).toBe('1035');
	});
});
