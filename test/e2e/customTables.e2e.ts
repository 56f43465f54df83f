import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INodeParameters, IWorkflowBase } from 'n8n-workflow';
import { customLaneId } from '../../sync/lanes/customTables';
import { makeObject, SUBSCRIPTION_OBJECT, SUBSCRIPTION_TABLE } from '../vendors/customTable';
import type { Row } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { describeLong } from './harness/long';
import { PACKAGE } from './harness/packageFolder';
import { ROOT } from './harness/tools';
import { inLedger } from './scenario/lane';
import { startOneWayWorld, type OneWayWorld } from './scenario/oneWayWorld';

const FILE = path.join(ROOT, 'workflows/custom-table-sync.json');
const SHIPPED = readFileSync(FILE, 'utf8');
const PLAN = { ...SUBSCRIPTION_OBJECT, apiName: 'plan_c', displayName: 'Plan' };

const picked = (value: string) => ({ __rl: true, mode: 'list', value });

/** The shipped workflow as people fill it in, for one table and object. */
function filledIn(object: string, rows: Record<string, string> = {}): IWorkflowBase {
	const workflow = JSON.parse(SHIPPED) as IWorkflowBase;
	Object.assign(workflow.nodes.find(({ name }) => name === 'Map Rows')!.parameters, {
		customTable: picked('new_subscription'),
		customObject: picked(object),
		customToMarketo: {
			rows: Object.entries(rows).map(([column, field]) => ({
				column: picked(column),
				field: picked(field),
			})),
		},
	} as unknown as INodeParameters);
	return { ...workflow, name: `Custom table: ${object}` };
}

describe('a custom table, added while people sync', () => {
	let one: OneWayWorld;
	beforeAll(async () => {
		one = await startOneWayWorld({ leads: 1, contacts: 2, people: 1 }, 60_000);
		await one.dynamics.post('tables', SUBSCRIPTION_TABLE);
		const automation = new MarketoVendor(one.world.twins.line.marketo);
		await makeObject(automation);
		await makeObject(automation, PLAN);
	});
	afterAll(async () => await one?.world.stop());

	const listed = async (methodName: string, at: string, parameters: INodeParameters) =>
		(
			await one.world.n8n.dynamic<{ results: Array<{ name: string; value: string }> }>({
				kind: 'resource-locator-results',
				methodName,
				node: { name: `${PACKAGE}.resolveSyncConflict`, version: 1 },
				path: `parameters.${at}`,
				parameters: { lane: 'customTable', ...parameters },
			})
		).results.map(({ value }) => value);

	it('says what is there, and what is missing, by its checklist, which fills the lists to choose from', async () => {
		const { world } = one;
		const workflow = await world.n8n.importWorkflow(filledIn(''), world.credentials);
		const items = await one.checklist(workflow.id);
		expect(items.filter(({ status }) => status !== 'ok')).toEqual([]);
		expect(items.map(({ check }) => check)).toEqual(
			expect.arrayContaining(['Permission Read-Write Custom Object', 'Tables', 'Custom objects']),
		);
		expect(await listed('searchCustomTables', 'customTable', {})).toContain('new_subscription');
		expect(await listed('searchCustomObjects', 'customObject', {})).toEqual([
			'plan_c',
			'subscription_c',
		]);
	});

	it('shows columns and fields once its first step was run by hand', async () => {
		const { world, objects } = one;
		const workflow = await world.n8n.importWorkflow(filledIn('subscription_c'), world.credentials);
		const { status } = await world.n8n.runManually(workflow.id, 'When Rows Are Due');
		expect(status).toBe('success');
		const chosen = {
			customTable: picked('new_subscription'),
			customObject: picked('subscription_c'),
		} as unknown as INodeParameters;
		const at = 'customToMarketo.rows[0]';
		expect(await listed('searchCustomColumns', `${at}.column`, chosen)).toContain('new_contactid');
		expect(await listed('searchCustomFields', `${at}.field`, chosen)).toContain('leadId');
		expect(await objects('subscription_c')).toEqual([]);
	});

	it('copies rows to two objects by two copies, each tied to its person, follows an edit, and says how it stands', async () => {
		const { world, crm, marketo, objects, soon } = one;
		await world.n8n.publish(one.workflowOf('people-sync.json'));
		const [contact] = await crm.all('contacts?$select=contactid');
		const id = await crm.create('new_subscriptions', {
			new_name: 'Gold',
			new_seats: 3,
			'new_contactid@odata.bind': `/contacts(${String(contact!.contactid)})`,
		});
		for (const copy of [
			filledIn('subscription_c', { new_name: 'title', new_contactid: 'leadId' }),
			filledIn('plan_c', { new_name: 'title', new_seats: 'seats' }),
		]) {
			const { id: workflow } = await world.n8n.importWorkflow(copy, world.credentials);
			await world.n8n.publish(workflow);
		}
		await soon('both copies', async () => {
			const all = [...(await objects('subscription_c')), ...(await objects('plan_c'))];
			return all.length === 2 && all.every((one) => one.dynamicsId === id);
		});
		await soon('the person', async () => Boolean((await objects('subscription_c'))[0]?.leadId));
		const person = Number((await objects('subscription_c'))[0]!.leadId);
		const { people: all } = await marketo.get<{ people: Row[] }>('people?limit=100');
		expect(all.find((one) => one.id === person)).toMatchObject({
			dynamicsContactId: contact!.contactid,
		});
		expect((await objects('plan_c'))[0]).toMatchObject({ title: 'Gold', seats: 3 });

		await crm.update('new_subscriptions', id, { new_name: 'Silver' });
		await soon('the edit', async () => {
			const both = [...(await objects('subscription_c')), ...(await objects('plan_c'))];
			return both.every(({ title }) => title === 'Silver');
		});
		await soon('the status', async () => {
			const rows = await world.n8n.dataTableRows('Sync status');
			const lanes = ['new_subscription to plan_c', 'new_subscription to subscription_c'];
			return lanes.every((lane) =>
				rows.some((row) => row.lane === lane && row.status === 'Up to date'),
			);
		});
	});
});

describeLong('a custom table of thousands of rows', () => {
	/** A page that goes as ever, and a file for all that are left. */
	const ROWS = 3_500;
	const LANE = customLaneId({ table: 'new_subscription', object: 'subscription_c' });
	const LAST = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
	let one: OneWayWorld;
	beforeAll(async () => {
		// In fast mode a lease ends while so large a page is decided.
		one = await startOneWayWorld({ leads: 0, contacts: 1, people: 0 }, 300_000, false);
		const { crm, dynamics, marketo, world } = one;
		await dynamics.post('tables', SUBSCRIPTION_TABLE);
		await makeObject(new MarketoVendor(world.twins.line.marketo));
		// Longer than the sync waits between two looks at a file.
		await marketo.post('options', { bulkJobMs: 45_000 });
		const rows = Array.from({ length: ROWS - 1 }, (_, at) => ({
			'@odata.type': 'Microsoft.Dynamics.CRM.new_subscription',
			new_name: at % 2 === 0 ? `Row ${at}` : `Row "${at}", with a comma\nand a line`,
			new_seats: at,
		}));
		for (let from = 0; from < rows.length; from += 800)
			await crm.act('new_subscriptions/Microsoft.Dynamics.CRM.CreateMultiple', {
				Targets: rows.slice(from, from + 800),
			});
	}, 600_000);
	afterAll(async () => await one?.world.stop());

	const importCalls = async () => {
		const { log } = await one.marketo.calls();
		const paths = log.map(({ method, path: at }) => `${method} ${at}`);
		const of = (end: string) => paths.filter((call) => call.endsWith(end)).length;
		return {
			usual: of('/customobjects/subscription_c.json'),
			files: of('/customobjects/subscription_c/import.json'),
			failures: of('/failures.json'),
		};
	};
	const status = async () =>
		(await one.statusOf('new_subscription to subscription_c')) as { status: string } | undefined;
	const linked = () =>
		inLedger(one.world.n8n, (ledger) =>
			ledger.prepare("select id from link where lane = ? and state = 'active'").all(LANE),
		).length;

	it('R56: goes in a file, is gone on with by an n8n that was killed meanwhile, and tells why Marketo did not take a record', async () => {
		const { crm, marketo, objects, soon, world } = one;
		// Somebody whom the sync still knows, and Marketo does not any more.
		const people = one.workflowOf('people-sync.json');
		await world.n8n.publish(people);
		const everybody = async () => (await marketo.get<{ people: Row[] }>('people?limit=10')).people;
		const known = async () => (await everybody()).find((person) => person.dynamicsContactId);
		await soon('the person', async () => Boolean(await known()));
		const person = (await known())!;
		await world.n8n.unpublish(people);
		await crm.create('new_subscriptions', {
			new_subscriptionid: LAST,
			new_name: 'Hangs on',
			'new_contactid@odata.bind': `/contacts(${String(person.dynamicsContactId)})`,
		});
		await marketo.post('delete', { id: person.id });
		await marketo.forgetCalls();

		const copy = filledIn('subscription_c', {
			new_name: 'title',
			new_seats: 'seats',
			new_contactid: 'leadId',
		});
		const { id: workflow } = await world.n8n.importWorkflow(copy, world.credentials);
		await world.n8n.publish(workflow);
		await soon('the sync waiting for its file', async () =>
			Boolean((await status())?.status.includes('Marketo is processing a file of new records')),
		);
		expect(await importCalls()).toMatchObject({ usual: 4, files: 1 });
		await world.n8n.stop('SIGKILL');
		await world.n8n.restart();

		await soon('what became of the file', async () => linked() === ROWS - 1);
		expect(await importCalls()).toEqual({ usual: 4, files: 1, failures: 1 });
		const records = await objects('subscription_c');
		const byRow = new Map(records.map((record) => [record.dynamicsId, record]));
		expect([records.length, byRow.size]).toEqual([ROWS - 1, ROWS - 1]);
		const rows = await crm.all('new_subscriptions?$select=new_name,new_seats');
		const differing = rows.filter((row) => {
			const { title, seats } = byRow.get(row.new_subscriptionid) ?? {};
			return title !== row.new_name || (seats ?? null) !== row.new_seats;
		});
		expect(differing).toMatchObject([{ new_subscriptionid: LAST }]);
		// It is tried the usual way after five minutes, which the scenarios show.
		const why = inLedger(world.n8n, (ledger) =>
			ledger
				.prepare("select reason from queue where lane = ? and state = 'due' and subject = ?")
				.all(LANE, `new_subscription:${LAST}`),
		);
		expect(why).toMatchObject([{ reason: expect.stringContaining('Lead not found') as string }]);
	}, 600_000);
});
