import { stat } from 'node:fs/promises';
import { Browser } from './harness/browser';
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

describe('the harness', () => {
	let n8n: N8nServer;

	beforeAll(async () => {
		n8n = await N8nServer.start({ withPackage: false });
	});
	afterAll(async () => await n8n?.remove());

	it('runs a workflow by hand and answers what came out', async () => {
		const { id } = await n8n.importWorkflow(workflow);
		const execution = await n8n.runManually(id, 'By Hand');
		expect(execution.status).toBe('success');
		const [run] = execution.data!.resultData.runData['Say It'] ?? [];
		expect(run?.data?.main?.[0]?.[0]?.json).toEqual({ said: 42 });
	});

	it('publishes, and the webhook answers at once, also after being killed', async () => {
		const { id } = await n8n.importWorkflow({ ...workflow, name: 'Published' });
		await n8n.publish(id);
		const call = async () => {
			const answer = await fetch(`${n8n.url}/webhook/trivial`, { method: 'POST' });
			return (await answer.json()) as unknown;
		};
		expect(await call()).toEqual({ said: 42 });
		await n8n.stop('SIGKILL');
		await n8n.restart();
		expect(await call()).toEqual({ said: 42 });
		expect(await n8n.executions({ workflowId: id })).toHaveLength(2);
		expect(await n8n.rss()).toBeGreaterThan(50_000_000);
		expect(await n8n.dbSize()).toBeGreaterThan(100_000);
		await n8n.unpublish(id);
		expect((await fetch(`${n8n.url}/webhook/trivial`, { method: 'POST' })).status).toBe(404);
	});

	it('shows a workflow in a browser, to somebody who signed in', async () => {
		const { id } = await n8n.importWorkflow({ ...workflow, name: 'Seen' });
		const browser = await Browser.open();
		try {
			await browser.signIn(n8n);
			await browser.openWorkflow(n8n, id);
			expect(await browser.page.getByTestId('canvas-node').count()).toBe(3);
			expect((await stat(await browser.screenshot('harness'))).size).toBeGreaterThan(10_000);
		} finally {
			await browser.close();
		}
	});
});

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

	it('runs a published workflow on a worker', async () => {
		const worker = await n8n.startWorker();
		const { id } = await n8n.importWorkflow(workflow);
		await n8n.publish(id);
		const answer = await fetch(`${n8n.url}/webhook/trivial`, { method: 'POST' });
		expect(await answer.json()).toEqual({ said: 42 });
		expect(worker.log).toMatch(/finished execution/i);
		expect(await postgres.query('SELECT count(*) FROM execution_entity', 'n8n')).toEqual(['1']);
	});
});
