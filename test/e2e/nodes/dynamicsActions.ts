import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { PACKAGE } from '../harness/packageFolder';
import type { NodesScene } from './nodesScene';

const CAMPAIGN = 'ca3ba160-0000-4000-8000-000000000002';
const INACTIVE = 'ca3ba160-0000-4000-8000-000000000003';
const NOBODY = '00000000-0000-4000-8000-00000000dead';

/** Owners, tasks and campaigns, for one record and for many. */
export function dynamicsActions(scene: NodesScene): void {
	/** Reads leads, adds somebody who is gone when asked to, and does the operation with all of them. */
	const run = async (parameters: INodeParameters, people = 3, withBadItem = false) => {
		const workflow = await scene.n8n.importWorkflow(
			workflowOf(parameters, people, withBadItem),
			scene.world.credentials,
		);
		await scene.dynamics.forgetCalls();
		const execution = await scene.n8n.runManually(workflow.id, 'By Hand');
		const items = (execution.data!.resultData.runData.Action?.[0]?.data?.main?.[0] ??
			[]) as INodeExecutionData[];
		const { log } = await scene.dynamics.calls();
		const calls = log
			.filter(({ method, path }) => path.startsWith('/api/') && method !== 'GET')
			.map(({ method, path }) => `${method} ${path.replace(/^.*\//, '').replace(/\(.*?\)/, '()')}`);
		return {
			status: execution.status,
			items,
			json: items.map((item): IDataObject => item.json),
			calls,
		};
	};
	const column = (rows: IDataObject[], name: string) => rows.map((row) => row[name]);
	const by = (mode: string, value: string) => ({ __rl: true, mode, value });

	it('assigns to a user by e-mail; again changes nothing', async () => {
		const assign = { operation: 'assign', owner: by('email', 'user7@twin.example') };
		const first = await run(assign);
		expect([first.status, column(first.json, 'ownerName')]).toEqual([
			'success',
			Array(3).fill('Gwen Hughes'),
		]);
		const again = await run(assign);
		expect(column(again.json, 'assigned')).toEqual([false, false, false]);
	});

	it('creates one task per record and key, also when run again', async () => {
		const create = {
			operation: 'createTask',
			subject: '=Call {{ $json.fullname }}',
			key: 'welcome',
		};
		const workflow = await scene.n8n.importWorkflow(
			workflowOf(create, 3, false),
			scene.world.credentials,
		);
		const created: unknown[] = [];
		for (let round = 0; round < 2; round++) {
			const execution = await scene.n8n.runManually(workflow.id, 'By Hand');
			const items = execution.data!.resultData.runData.Action?.[0]?.data?.main?.[0] ?? [];
			created.push(items.map(({ json }) => json.taskCreated));
		}
		expect(created).toEqual([
			[true, true, true],
			[false, false, false],
		]);
	});

	it('adds to a campaign and removes from it; again changes nothing', async () => {
		const add = { operation: 'addToCampaign', campaign: by('id', CAMPAIGN) };
		const remove = { operation: 'removeFromCampaign', campaign: by('id', CAMPAIGN) };
		expect(column((await run(add)).json, 'added')).toEqual([true, true, true]);
		expect(column((await run(add)).json, 'added')).toEqual([false, false, false]);
		expect(column((await run(remove)).json, 'removed')).toEqual([true, true, true]);
		expect(column((await run(remove)).json, 'removed')).toEqual([false, false, false]);
	});

	it('says that a campaign is not active', async () => {
		const { status } = await run({ operation: 'addToCampaign', campaign: by('id', INACTIVE) });
		expect(status).toBe('error');
	});

	it.each([
		['assign', { owner: by('email', 'user2@twin.example') }, 'assigned'],
		['createTask', { subject: 'Call', key: 'bad item' }, 'taskCreated'],
		['addToCampaign', { campaign: by('id', CAMPAIGN) }, 'added'],
	])('%s: one bad item does not stop the others', async (operation, parameters, done) => {
		const { status, items } = await run({ operation, ...parameters }, 3, true);
		expect(status).toBe('success');
		expect(items).toHaveLength(4);
		expect(items.filter(({ json }) => json[done] === true)).toHaveLength(3);
		expect(JSON.stringify(items.filter(({ json }) => json[done] !== true))).toContain(NOBODY);
	});

	it('works on 300 records in few calls', async () => {
		const add = {
			operation: 'addToCampaign',
			campaign: by('id', 'ca3ba160-0000-4000-8000-000000000004'),
		};
		const added = await run(add, 300);
		expect(column(added.json, 'added')).toEqual(Array(300).fill(true));
		expect(added.calls).toEqual([
			'POST $batch',
			'PATCH lists()',
			'POST Microsoft.Dynamics.CRM.AddItemCampaign',
			'POST AddListMembersList',
		]);
		expect((await run(add, 300)).calls).toEqual(['POST $batch']);
		const removed = await run({ ...add, operation: 'removeFromCampaign' }, 300);
		expect(removed.calls).toEqual(['POST $batch', 'POST RemoveListMembersList']);
		const tasks = await run({ operation: 'createTask', subject: 'Call', key: 'many' }, 300);
		expect(tasks.calls).toEqual(Array(3).fill('POST $batch'));
	});
}

function workflowOf(parameters: INodeParameters, people: number, withBadItem: boolean) {
	const at = (x: number) => [x, 0] as [number, number];
	const dynamics = { type: `${PACKAGE}.microsoftDynamics365`, typeVersion: 1 };
	const code = `return [...$input.all().map((item) => ({ json: { ...item.json, dynamicsTable: 'lead', dynamicsId: item.json.leadid } }))${
		withBadItem ? `, { json: { dynamicsTable: 'lead', dynamicsId: '${NOBODY}' } }` : ''
	}];`;
	const main = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
	return {
		name: 'Actions',
		nodes: [
			{
				id: 'a',
				name: 'By Hand',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: at(0),
				parameters: {},
			},
			{
				id: 'b',
				name: 'Leads',
				...dynamics,
				position: at(200),
				parameters: { resource: 'lead', operation: 'getAll', limit: people },
			},
			{
				id: 'c',
				name: 'Items',
				type: 'n8n-nodes-base.code',
				typeVersion: 2,
				position: at(400),
				parameters: { jsCode: code },
			},
			{
				id: 'd',
				name: 'Action',
				...dynamics,
				position: at(600),
				parameters: { resource: 'lead', ...parameters },
				...(withBadItem ? { onError: 'continueRegularOutput' as const } : {}),
			},
		],
		connections: { 'By Hand': main('Leads'), Leads: main('Items'), Items: main('Action') },
		settings: { executionOrder: 'v1' as const },
	};
}
