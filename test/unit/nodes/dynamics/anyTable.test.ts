import { readFileSync } from 'fs';
import path from 'path';

import type { IDataObject } from 'n8n-workflow';

import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { SUBSCRIPTION_TABLE } from '../../../vendors/customTable';
import { editorContext, runNode, type ContextOptions } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

const ROW = { resource: 'row', table: 'new_subscription' };

let twin: DynamicsTwin;
let contact: string;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 3, contacts: 3 });
	await fetch(`${twin.url}/__twin/tables`, {
		method: 'POST',
		body: JSON.stringify(SUBSCRIPTION_TABLE),
	});
	const [one] = await run({ resource: 'contact', operation: 'getAll', limit: 1 });
	contact = String(one!.contactid);
});
afterAll(async () => await twin.close());

async function run(parameters: IDataObject): Promise<IDataObject[]> {
	return await runNode(
		dynamicsNode(twinCredential(twin), parameters as ContextOptions['parameters']),
	);
}

const editor = (parameters: IDataObject = ROW, at = '') =>
	editorContext(
		dynamicsNode(twinCredential(twin), parameters as ContextOptions['parameters'], { path: at }),
	);

const mapped = (value: IDataObject, matchingColumns: string[] = []) => ({
	mappingMode: 'defineBelow',
	value,
	matchingColumns,
	schema: [],
});

const { methods } = new MicrosoftDynamics365();

describe('Microsoft Dynamics 365: rows of any table', () => {
	it('creates, reads, finds, updates, upserts and deletes rows of a custom table', async () => {
		const columns = mapped({ new_name: 'Gold', new_seats: 3, new_plan: 'Yearly' });
		const lookups = { lookup: [{ column: 'new_contactid', row: contact }] };
		const [made] = await run({ ...ROW, operation: 'create', columns, lookups });
		const rowId = made!.new_subscriptionid as string;
		const options = { columns: ['new_seats', 'new_plan', 'new_contactid'] };
		expect(await run({ ...ROW, operation: 'get', rowId, options })).toMatchObject([
			{ new_subscriptionid: rowId, new_seats: 3, new_plan_label: 'Yearly', new_contactid: contact },
		]);
		await run({ ...ROW, operation: 'update', rowId, columns: mapped({ new_seats: 4 }) });
		const filters = { condition: [{ column: 'new_seats', operator: 'eq', value: '4' }] };
		expect(await run({ ...ROW, operation: 'getAll', filters, options })).toMatchObject([
			{ new_subscriptionid: rowId, new_seats: 4 },
		]);
		const again = { columns: mapped({ new_name: 'Gold', new_seats: 5 }, ['new_name']) };
		expect(await run({ ...ROW, operation: 'upsert', ...again })).toMatchObject([
			{ new_subscriptionid: rowId, created: false },
		]);
		expect(await run({ ...ROW, operation: 'delete', rowId })).toEqual([
			{ deleted: true, new_subscriptionid: rowId },
		]);
		expect(await run({ ...ROW, operation: 'getAll' })).toEqual([]);
	});

	it('assigns what has an owner, picked by its ID', async () => {
		const [made] = await run({
			...ROW,
			operation: 'create',
			columns: mapped({ new_name: 'Silver' }),
		});
		const rowId = made!.new_subscriptionid as string;
		const assign = { operation: 'assign', rowId, owner: 'user3@twin.example' };
		expect(await run({ ...ROW, ...assign })).toMatchObject([
			{ dynamicsTable: 'new_subscription', dynamicsId: rowId, assigned: true },
		]);
		expect(await run({ ...ROW, ...assign })).toMatchObject([{ assigned: false }]);
		const [account] = await run({
			resource: 'account',
			operation: 'create',
			columns: mapped({ name: 'Acme' }),
		});
		const ofAccount = { resource: 'account', ...assign, rowId: account!.accountid };
		expect(await run(ofAccount)).toMatchObject([{ dynamicsTable: 'account', assigned: true }]);
		const currency = { ...ROW, ...assign, table: 'transactioncurrency' };
		await expect(run(currency)).rejects.toMatchObject({
			message: expect.stringContaining('have no owner') as string,
		});
	});

	it('takes the table by its name in any letter case, and says what is wrong with it', async () => {
		expect(await run({ ...ROW, table: ' New_Subscription ', operation: 'getAll' })).toHaveLength(1);
		await expect(run({ ...ROW, table: '', operation: 'getAll' })).rejects.toMatchObject({
			message: expect.stringContaining('No table is chosen') as string,
		});
		await expect(run({ ...ROW, table: 'no/table', operation: 'getAll' })).rejects.toMatchObject({
			message: expect.stringContaining('not the logical name of a table') as string,
		});
		await expect(run({ ...ROW, table: 'new_nothing', operation: 'getAll' })).rejects.toMatchObject({
			message: expect.stringContaining('new_nothing') as string,
		});
	});

	it('fills its lists from the live metadata of the table that is chosen', async () => {
		const { results } = await methods.listSearch.searchTables.call(editor(), 'subscr');
		expect(results).toContainEqual({
			name: 'Subscription (new_subscription)',
			value: 'new_subscription',
		});
		const { fields } = await methods.resourceMapping.getCreateColumns.call(editor());
		expect(fields.map(({ id }) => id)).toEqual(expect.arrayContaining(['new_name', 'new_seats']));
		const lookups = await methods.loadOptions.getLookupColumns.call(editor());
		expect(lookups.map(({ value }) => value)).toEqual(
			expect.arrayContaining(['new_contactid', 'ownerid']),
		);
		const found = await methods.listSearch.searchRows.call(editor(), 'Silver');
		expect(found.results).toMatchObject([{ name: 'Silver' }]);
		const before = editor({ resource: 'row', table: '' });
		await expect(methods.loadOptions.getReadableColumns.call(before)).rejects.toThrow(
			'Choose a table first',
		);
	});

	it('puts out what its schemas promise for every table', async () => {
		const [made] = await run({ ...ROW, operation: 'create', columns: mapped({ new_name: 'A' }) });
		const rowId = made!.new_subscriptionid as string;
		const owner = 'user3@twin.example';
		const again = mapped({ new_name: 'A', new_seats: 2 }, ['new_name']);
		for (const [operation, parameters] of [
			['get', { rowId }],
			['getAll', {}],
			['create', { columns: mapped({ new_name: 'B' }) }],
			['update', { rowId, columns: mapped({ new_name: 'A' }) }],
			['upsert', { columns: again }],
			['assign', { rowId, owner }],
			['delete', { rowId }],
		] as const) {
			const [json] = await run({ ...ROW, operation, ...parameters });
			const file = `../../../../nodes/MicrosoftDynamics365/__schema__/v1.0.0/row/${operation}.json`;
			const schema = JSON.parse(readFileSync(path.resolve(__dirname, file), 'utf8')) as {
				properties: IDataObject;
			};
			const own = ['new_subscriptionid', 'new_name', 'new_seats'];
			expect([operation, ...Object.keys(schema.properties)].sort()).toEqual(
				[operation, ...Object.keys(json!).filter((key) => !own.includes(key))].sort(),
			);
		}
	});
});
