import type { Execution } from '../harness/n8nServer';
import { waitFor } from '../harness/waiting';
import type { Scene } from './scene';

/** What people do to a workflow, and to old executions of it. */
export function broken(scene: Scene): void {
	/** Retried from the list of executions, an old page says that it is over, and writes nothing. */
	const expectOver = async (old: Execution) => {
		await scene.world.forgetCalls();
		const retried = await scene.retry(old);
		expect(retried.status).toBe('error');
		expect(await scene.errorOf(retried)).toMatch(
			/This execution of the sync is over.*Nothing was written/,
		);
		expect(await scene.world.writeCalls()).toEqual([]);
		await scene.world.expectClean();
	};

	it('writes nothing by an update node that fails, says so, and goes on after the repair', async () => {
		const { make, done } = scene.work();
		const { marketo } = scene.world.world.twins.line;
		const data = {
			endpoint: marketo.url,
			clientId: marketo.clientId,
			clientSecret: marketo.clientSecret,
		};
		const ownCredential = await scene.world.n8n.createCredential(
			'Marketo, soon deleted',
			'marketoApi',
			data,
		);
		await scene.change((nodes) => {
			nodes.get('Update Marketo')!.credentials = { marketoApi: ownCredential };
		});
		await scene.world.n8n.client.api('DELETE', `/credentials/${ownCredential.id}`);
		const before = (await scene.failed()).length;
		await make();
		await waitFor(async () => (await scene.failed()).length > before, {
			what: 'an execution that failed',
		});
		const runs = scene.world.lane.runs().length;
		await waitFor(() => scene.world.lane.runs().length > runs + 1, { what: 'two more runs' });
		// Three pages without progress end a run: a broken node does not fill n8n's database.
		const failures = (await scene.failed()).length - before;
		expect(failures).toBeLessThanOrEqual(3 * (scene.world.lane.runs().length - runs + 1));
		expect(scene.world.lane.runs().map(({ outcome }) => outcome)).toContain(
			'stopped because it made no progress',
		);
		const [last] = await scene.failed();
		expect(await scene.errorOf(last!)).toMatch(/credential/i);

		await scene.change((nodes) => {
			nodes.get('Update Marketo')!.credentials = {
				marketoApi: scene.world.world.credentials.marketoApi!,
			};
		});
		await done();

		await expectOver(last!);
	});

	it('waits where a system refuses to sign it in, and says why', async () => {
		const { make, done } = scene.work();
		const { marketo } = scene.world.world.twins.line;
		const data = {
			endpoint: marketo.url,
			clientId: marketo.clientId,
			clientSecret: 'changed-meanwhile',
		};
		const refused = await scene.world.n8n.createCredential('Marketo, refused', 'marketoApi', data);
		await scene.change((nodes) => {
			nodes.get('Update Marketo')!.credentials = { marketoApi: refused };
		});
		await make();
		const words = await waitFor(() => scene.world.lane.state().waiting_for, {
			what: 'the sync waiting',
		});
		expect(words).toMatch(/Marketo.*(client|secret|credential)/i);
		await scene.change((nodes) => {
			nodes.get('Update Marketo')!.credentials = {
				marketoApi: scene.world.world.credentials.marketoApi!,
			};
		});
		await done();
	});

	it('takes a switched-off update node for what it is: nothing was written', async () => {
		const { make, done } = scene.work();
		await scene.change((nodes) => {
			nodes.get('Update Dynamics')!.disabled = true;
		});
		const runs = scene.world.lane.runs().length;
		await make();
		await waitFor(() => scene.world.lane.runs().length > runs + 2, { what: 'two runs' });
		await scene.change((nodes) => {
			nodes.get('Update Dynamics')!.disabled = false;
		});
		await done();
	});

	it('refuses a page that a Filter has thinned out, and loses nothing', async () => {
		const { make, done } = scene.work();
		const intact = await scene.world.workflow();
		const workflow = structuredClone(intact);
		workflow.nodes.push({
			id: 'a-filter',
			name: 'Only Some',
			type: 'n8n-nodes-base.filter',
			typeVersion: 2.2,
			position: [540, 0],
			parameters: {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'loose', version: 2 },
					conditions: [
						{
							id: 'c',
							leftValue: '={{ $json.kind }}',
							rightValue: 'page',
							operator: { type: 'string', operation: 'equals' },
						},
					],
					combinator: 'and',
				},
			},
		});
		const [toResolve, ...others] = workflow.connections['Get Dynamics Changes']!.main![0]!;
		workflow.connections['Get Dynamics Changes']!.main = [
			[...others, { node: 'Only Some', type: 'main', index: 0 }],
		];
		workflow.connections['Only Some'] = { main: [[toResolve!]] };
		const before = (await scene.failed()).length;
		await scene.save(workflow);
		await make();
		await waitFor(async () => (await scene.failed()).length > before, {
			what: 'an execution that failed',
		});
		const [last] = await scene.failed();
		expect(await scene.errorOf(last!)).toMatch(
			/"Get Dynamics Changes" announced \d+ records.*Remove the node between/,
		);
		await scene.save(intact);
		await done();

		await expectOver(last!);
	});
}
