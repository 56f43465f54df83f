import { N8nServer } from './harness/n8nServer';
import { Postgres } from './harness/postgres';
import { Redis } from './harness/redis';

const workflow = {
	name: 'Trivial',
	nodes: [
		{
			id: 'a',
			name: 'By Hand',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: {},
		},
		{
			id: 'b',
			name: 'Hook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2,
			position: [0, 200] as [number, number],
			parameters: { httpMethod: 'POST', path: 'trivial', responseMode: 'lastNode' },
		},
		{
			id: 'c',
			name: 'Say It',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			position: [200, 0] as [number, number],
			parameters: {
				assignments: {
					assignments: [{ id: 'x', name: 'said', value: '={{ 6 * 7 }}', type: 'number' }],
				},
			},
		},
	],
	connections: {
		'By Hand': { main: [[{ node: 'Say It', type: 'main' as const, index: 0 }]] },
		Hook: { main: [[{ node: 'Say It', type: 'main' as const, index: 0 }]] },
	},
	settings: { executionOrder: 'v1' as const },
};

/** n8n as companies run it that have much to do. The package itself takes no part yet. */
describe('the harness in queue mode', () => {
	let postgres: Postgres;
	let redis: Redis;
	let n8n: N8nServer;

	beforeAll(async () => {
		[postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
		n8n = await N8nServer.start({
			withPackage: false,
			postgres: await postgres.createDatabase('n8n'),
			queue: redis,
		});
	});
	afterAll(async () => {
		await n8n?.remove();
		await Promise.all([postgres?.stop(), redis?.stop()]);
	});

	it('runs a workflow by hand and answers what came out', async () => {
		const { id } = await n8n.importWorkflow({ ...workflow, name: 'By hand' });
		const execution = await n8n.runManually(id, 'By Hand');
		expect(execution.status).toBe('success');
		const [run] = execution.data!.resultData.runData['Say It'] ?? [];
		expect(run?.data?.main?.[0]?.[0]?.json).toEqual({ said: 42 });
		await n8n.removeWorkflow(id);
	});

	it('runs a published workflow on a worker', async () => {
		const worker = await n8n.startWorker();
		const { id } = await n8n.importWorkflow(workflow);
		await n8n.publish(id);
		const answer = await fetch(`${n8n.url}/webhook/trivial`, { method: 'POST' });
		expect(await answer.json()).toEqual({ said: 42 });
		expect(worker.log).toMatch(/finished execution/i);
		expect(await postgres.query('SELECT count(*) FROM execution_entity', 'n8n')).toEqual(['1']);
		await n8n.unpublish(id);
		expect((await fetch(`${n8n.url}/webhook/trivial`, { method: 'POST' })).status).toBe(404);
	});
});
