import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INodeParameters, IWorkflowBase } from 'n8n-workflow';
import { makeObject, SUBSCRIPTION_OBJECT, SUBSCRIPTION_TABLE } from '../vendors/customTable';
import type { Row } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { PACKAGE } from './harness/packageFolder';
import { ROOT } from './harness/tools';
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
