import { readFileSync } from 'fs';
import path from 'path';

import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { makeCustomObject } from '../../apis/marketo/customObject';
import { admin } from '../../apis/marketo/twinWire';
import { runNode, type NodeRun } from './runNode';

jest.setTimeout(30_000);

const SCHEMAS = path.resolve(__dirname, '../../../../nodes/Marketo/__schema__/v1.0.0');
const fromInput = { mappingMode: 'autoMapInputData', value: null } as unknown as INodeParameters;

let twin: MarketoTwin;

beforeEach(async () => {
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
	await makeCustomObject(twin);
});
afterEach(async () => await twin.close());

const json = (items: INodeExecutionData[]): IDataObject[] => items.map((item) => item.json);

async function run(
	resource: string,
	operation: string,
	parameters: INodeParameters = {},
	items: IDataObject[] = [{}],
	more: Partial<NodeRun> = {},
): Promise<INodeExecutionData[]> {
	const all = { resource, operation, customObject: 'car', ...parameters };
	return await runNode(twin, { parameters: all, items, ...more });
}

const write = async (
	resource: string,
	items: IDataObject[],
	options: IDataObject = {},
	more = {},
) =>
	await run(
		resource,
		'createOrUpdate',
		{ fields: fromInput, options: options as INodeParameters },
		items,
		more,
	);
const byKey: INodeParameters = { lookUpBy: 'key', keyFields: fromInput };

async function person(): Promise<number> {
	const [made] = await run('person', 'create', { fields: fromInput, options: {} }, [
		{ email: 'ann@made.example' },
	]);
	return made!.json.id as number;
}

async function callsTo(endpoint: string): Promise<number> {
	const { byEndpoint } = await admin<{ byEndpoint: Record<string, number> }>(twin, 'GET', 'calls');
	return byEndpoint[endpoint] ?? 0;
}

/** One record of each object, in the order in which they need each other. */
async function oneOfEach(): Promise<Record<string, IDataObject>> {
	const leadId = await person();
	const records: Record<string, IDataObject> = {
		company: { externalCompanyId: 'C1', company: 'Contoso' },
		salesPerson: { externalSalesPersonId: 'S1', email: 'sam@made.example', firstName: 'Sam' },
		opportunity: { externalOpportunityId: 'O1', name: 'Chairs', amount: 12.5 },
		opportunityRole: { externalOpportunityId: 'O1', leadId, role: 'Buyer' },
		customObject: { vin: 'A', leadID: leadId, make: 'BMW' },
	};
	for (const [resource, record] of Object.entries(records)) await write(resource, [record]);
	return records;
}

const RESOURCES = ['company', 'salesPerson', 'opportunity', 'opportunityRole', 'customObject'];

describe('Marketo: objects other than people', () => {
	it.each(RESOURCES)('%s: is read by its key, described and deleted', async (resource) => {
		const record = (await oneOfEach())[resource]!;
		const key = Object.fromEntries(
			json(await run(resource, 'describe'))
				.filter((field) => field.key === true)
				.map(({ name }) => [name as string, record[name as string]]),
		);
		expect(Object.keys(key).length).toBeGreaterThan(0);
		const fieldNames = Object.keys(record);
		const read = async () =>
			await run(resource, 'get', { ...byKey, fieldNames }, [key as IDataObject]);
		const found = (await read())[0]!.json;
		expect(found).toMatchObject(record);
		const id = (found.id ?? found.marketoGUID) as string | number;
		const byId = { lookUpBy: 'id', recordId: String(id), fieldNames };
		expect(json(await run(resource, 'get', byId))).toEqual([found]);
		if (resource === 'opportunity') {
			const role = { filterField: 'externalOpportunityId', filterValues: 'O1', returnAll: true };
			const [{ marketoGUID }] = json(await run('opportunityRole', 'getAll', role)) as [IDataObject];
			await run('opportunityRole', 'delete', { lookUpBy: 'id', recordId: marketoGUID as string });
		}
		expect(json(await run(resource, 'delete', byKey, [key as IDataObject]))).toMatchObject([
			{ deleted: true },
		]);
		await expect(read()).rejects.toMatchObject({
			message: expect.stringContaining('No record in Marketo has') as string,
		});
	});

	it.each(RESOURCES)('%s: gives out what its output schemas say', async (resource) => {
		const record = (await oneOfEach())[resource]!;
		const filterField = Object.keys(record)[resource === 'opportunityRole' ? 1 : 0]!;
		const filter = { filterField, filterValues: String(record[filterField]), returnAll: true };
		const outputs: Record<string, IDataObject[]> = {
			get: json(await run(resource, 'get', byKey, [record])),
			getAll: json(await run(resource, 'getAll', filter)),
			createOrUpdate: json(await write(resource, [record])),
			describe: json(await run(resource, 'describe')),
		};
		for (const [operation, output] of Object.entries(outputs)) {
			const text = readFileSync(path.join(SCHEMAS, resource, `${operation}.json`), 'utf8');
			const { properties } = JSON.parse(text) as { properties: Record<string, unknown> };
			expect(output.length).toBeGreaterThan(0);
			for (const one of output) {
				expect(Object.keys(one)).toEqual(expect.arrayContaining(Object.keys(properties)));
				const own = resource === 'customObject' ? ['vin'] : [];
				const known = [...Object.keys(properties), ...own];
				expect(known).toEqual(expect.arrayContaining(Object.keys(one)));
			}
		}
	});

	it('writes and reads 301 records in two calls each, every one with its item', async () => {
		const items = Array.from({ length: 301 }, (_, at) => ({
			externalCompanyId: `C${at}`,
			site: 'x',
		}));
		const written = await write('company', items);
		expect(written.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
		expect(await callsTo('POST /rest/v1/companies.json')).toBe(2);
		const read = await run('company', 'get', byKey, items);
		expect(read.map((one) => one.json.externalCompanyId)).toEqual(
			items.map(({ externalCompanyId }) => externalCompanyId),
		);
		expect(await callsTo('GET /rest/v1/companies.json')).toBe(2);
	});

	it('writes one key that comes twice one after the other, as Marketo takes it once per call', async () => {
		const items = [
			{ externalCompanyId: 'C1', company: 'first' },
			{ externalCompanyId: 'c1', company: 'second' },
		];
		expect(json(await write('company', items)).map(({ status }) => status)).toEqual([
			'created',
			'updated',
		]);
		const [found] = await run('company', 'get', { ...byKey, fieldNames: ['company'] }, [items[0]!]);
		expect(found!.json.company).toBe('second');
	});

	it('keeps to new records, or to those there, where that is asked for', async () => {
		const items = [{ externalCompanyId: 'C1', company: 'x' }];
		await expect(write('company', items, { whichRecords: 'updateOnly' })).rejects.toMatchObject({
			message: expect.stringContaining('is not in Marketo') as string,
		});
		await write('company', items, { whichRecords: 'createOnly' });
		await expect(write('company', items, { whichRecords: 'createOnly' })).rejects.toMatchObject({
			message: expect.stringContaining('is already in Marketo') as string,
		});
	});

	it('leaves empty fields alone unless they are to be cleared', async () => {
		await write('company', [
			{ externalCompanyId: 'C1', company: 'x', site: 'Rome', industry: 'Wood' },
		]);
		await write('company', [{ externalCompanyId: 'C1', site: '' }], { clearFields: ['industry'] });
		const fieldNames = ['company', 'site', 'industry'];
		const [found] = await run('company', 'get', { ...byKey, fieldNames }, [
			{ externalCompanyId: 'C1' },
		]);
		expect(found!.json).toMatchObject({ company: 'x', site: 'Rome', industry: null });
	});

	it('says of each item why it failed, and goes on with the others', async () => {
		const items: IDataObject[] = [
			{ externalCompanyId: 'C1', annualRevenue: 5 },
			{ externalCompanyId: 'C2', annualRevenue: 'much' },
			{ company: 'without a key' },
		];
		const out = await write('company', items, {}, { onError: 'continueRegularOutput' });
		expect(out.map(({ error }) => error?.message)).toEqual([
			undefined,
			expect.stringContaining('annualRevenue'),
			expect.stringContaining('externalCompanyId'),
		]);
		const read = await run('company', 'get', byKey, items.slice(0, 2), {
			onError: 'continueRegularOutput',
		});
		expect(read.map(({ error }) => error === undefined)).toEqual([true, false]);
	});

	it('says what stands in the way of a delete, and of any write', async () => {
		await write('company', [{ externalCompanyId: 'C1' }]);
		await run('person', 'create', { fields: fromInput, options: {} }, [
			{ email: 'a@made.example', externalCompanyId: 'C1' },
		]);
		await expect(
			run('company', 'delete', byKey, [{ externalCompanyId: 'C1' }]),
		).rejects.toMatchObject({
			description: expect.stringContaining('move the people of a company') as string,
		});
		await admin(twin, 'POST', 'options', { nativeSync: true });
		await expect(write('salesPerson', [{ externalSalesPersonId: 'S' }])).rejects.toMatchObject({
			message: expect.stringContaining('own CRM sync is switched on') as string,
		});
	});

	it('names the parent that a record waits for', async () => {
		const role = { externalOpportunityId: 'nothing', leadId: await person(), role: 'Buyer' };
		await expect(write('opportunityRole', [role])).rejects.toMatchObject({
			message: expect.stringContaining('one that it belongs to') as string,
		});
		const chairs = { externalOpportunityId: 'O1', name: 'Chairs', externalSalesPersonId: 'S9' };
		await expect(write('opportunity', [chairs])).rejects.toMatchObject({
			message: expect.stringContaining('sales person') as string,
		});
	});
});
