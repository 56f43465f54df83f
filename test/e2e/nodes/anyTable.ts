import type { INodeParameters } from 'n8n-workflow';

import { makeObject, SUBSCRIPTION_TABLE } from '../../vendors/customTable';
import { MarketoVendor } from '../../vendors/marketo';
import { PACKAGE } from '../harness/packageFolder';
import type { NodesScene } from './nodesScene';

/** Rows of a table that nobody knew of when the package was made, and the custom object for them. */
export function anyTable(scene: NodesScene): void {
	const ROW = { resource: 'row', table: { __rl: true, mode: 'list', value: 'new_subscription' } };
	const OBJECT = { resource: 'customObject', customObject: 'subscription_c' };

	beforeAll(async () => {
		await scene.dynamics.post('tables', SUBSCRIPTION_TABLE);
		await makeObject(new MarketoVendor(scene.world.twins.line.marketo));
	});

	it('carries a row into a custom object, field by field, with steps of one workflow', async () => {
		const fields = (value: INodeParameters, matchingColumns: string[] = []) => ({
			mappingMode: 'defineBelow',
			value,
			matchingColumns,
			schema: [],
		});
		const options = { columns: ['new_name', 'new_seats'] };
		const copy = fields({
			dynamicsId: '={{ $json.new_subscriptionid }}',
			title: '={{ $json.new_name }}',
			seats: '={{ $json.new_seats }}',
		});
		const read = {
			lookUpBy: 'key',
			keyFields: fields({ dynamicsId: "={{ $('Get Many').item.json.new_subscriptionid }}" }),
			fieldNames: ['title', 'seats'],
		};
		const workflow = await scene.n8n.importWorkflow(
			chain([
				dynamics('Create', {
					...ROW,
					operation: 'create',
					columns: fields({ new_name: 'Gold', new_seats: 3 }),
				}),
				dynamics('Get Many', { ...ROW, operation: 'getAll', options }),
				marketo('Write', { ...OBJECT, operation: 'createOrUpdate', fields: copy, options: {} }),
				marketo('Read', { ...OBJECT, operation: 'get', ...read }),
			]),
			scene.world.credentials,
		);
		const { status, data } = await scene.n8n.runManually(workflow.id, 'By Hand');
		expect(status).toBe('success');
		const out = data!.resultData.runData.Read![0]!.data!.main![0]!.map(({ json }) => json);
		expect(out).toEqual([{ marketoGUID: expect.any(String) as string, title: 'Gold', seats: 3 }]);
	});

	it('fills the lists of table, columns and rows in the editor', async () => {
		const node = { name: `${PACKAGE}.microsoftDynamics365`, version: 1 };
		const { credentials } = scene.world;
		const list = async (methodName: string, path: string, filter: string) =>
			(
				await scene.n8n.dynamic<{ results: Array<{ name: string; value: string }> }>({
					kind: 'resource-locator-results',
					methodName,
					node,
					path,
					parameters: { ...ROW, operation: 'get' },
					credentials,
					filter,
				})
			).results;
		expect(await list('searchTables', 'parameters.table', 'subscr')).toEqual([
			{ name: 'Subscription (new_subscription)', value: 'new_subscription' },
		]);
		expect(await list('searchRows', 'parameters.rowId', 'gol')).toMatchObject([{ name: 'Gold' }]);
		const mapper = await scene.n8n.dynamic<{ fields: Array<{ id: string }> }>({
			kind: 'resource-mapper-fields',
			methodName: 'getCreateColumns',
			node,
			path: 'parameters.columns',
			parameters: { ...ROW, operation: 'create' },
			credentials,
		});
		expect(mapper.fields.map(({ id }) => id)).toEqual(
			expect.arrayContaining(['new_name', 'new_seats', 'new_contactid']),
		);
	});
}

interface Step {
	name: string;
	type: string;
	parameters: INodeParameters;
}

const dynamics = (name: string, parameters: INodeParameters): Step => ({
	name,
	type: `${PACKAGE}.microsoftDynamics365`,
	parameters,
});
const marketo = (name: string, parameters: INodeParameters): Step => ({
	name,
	type: `${PACKAGE}.marketo`,
	parameters,
});

/** Steps one after the other, started by hand. */
function chain(steps: Step[]) {
	const all = [{ name: 'By Hand', type: 'n8n-nodes-base.manualTrigger', parameters: {} }, ...steps];
	return {
		name: 'Any table',
		nodes: all.map((step, at) => ({
			...step,
			id: `step-${at}`,
			typeVersion: 1,
			position: [at * 220, 0] as [number, number],
		})),
		connections: Object.fromEntries(
			all
				.slice(0, -1)
				.map(({ name }, at) => [
					name,
					{ main: [[{ node: all[at + 1]!.name, type: 'main' as const, index: 0 }]] },
				]),
		),
		settings: { executionOrder: 'v1' as const },
	};
}
