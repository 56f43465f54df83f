import { PACKAGE } from '../harness/packageFolder';
import type { N8nClient } from '../harness/n8nClient';
import { BY_HAND, byHand, step, TO_STEP } from './operate';
import type { Scene } from './scene';

/** Somebody else in the same n8n, who may make workflows and was shown no credential. */
export function member(scene: Scene): void {
	let client: N8nClient;
	beforeAll(async () => {
		client = await scene.world.n8n.member();
	});

	/** What a step in a workflow of the member's own comes to: its first item, or why it failed. */
	const tried = async (
		parameters: Record<string, string | object>,
		credentials: Record<string, { id: string; name: string }> = {},
	) => {
		const { id } = await client.rest<{ id: string }>('POST', '/workflows', {
			name: "A member's",
			nodes: [byHand, { ...step(parameters), credentials }],
			connections: TO_STEP,
			settings: {},
		});
		const started = await client
			.rest<{ executionId: string }>('POST', `/workflows/${id}/run`, {
				startNodes: [],
				triggerToStartFrom: { name: BY_HAND },
			})
			.catch((error: Error) => error.message);
		if (typeof started === 'string') return started;
		const { data } = await scene.world.n8n.executionEnd(started.executionId);
		const { error, runData } = data!.resultData;
		return error
			? `${error.message} ${error.description ?? ''}`
			: JSON.stringify(runData.Operate?.[0]?.data?.main?.[0]?.[0]?.json);
	};
	const explain = () => ({
		resource: 'record',
		operation: 'explain',
		record: { __rl: true, mode: 'id', value: scene.world.pairs('lead')[0]!.id },
	});

	it('sees how the sync does, and no record of it', async () => {
		expect(await tried({ resource: 'sync', operation: 'showStatus' })).toMatch(/"lane":"People"/);
		for (const parameters of [
			explain(),
			{ resource: 'sync', operation: 'pause' },
			{ resource: 'sync', operation: 'backUp' },
		])
			expect(await tried({ ...parameters, accessWith: 'none' })).toMatch(
				/needs a credential for the Dynamics 365 or Marketo that the sync connects/,
			);
		expect(scene.world.lane.state().paused).toBe(0);
	});

	it("cannot use somebody else's credential for it, nor read names in the list of records", async () => {
		const { microsoftDynamics365Api } = scene.world.world.credentials;
		const stolen = { microsoftDynamics365Api: microsoftDynamics365Api! };
		const said = await tried({ ...explain(), accessWith: 'dynamics' }, stolen);
		expect(said).not.toMatch(/Current status/);
		expect(said).toMatch(/access|credential|permission/i);
		const list = client.rest<{ results: unknown[] }>(
			'POST',
			'/dynamic-node-parameters/resource-locator-results',
			{
				path: 'parameters.record',
				methodName: 'searchRecords',
				nodeTypeAndVersion: { name: `${PACKAGE}.marketoDynamicsSync`, version: 1.1 },
				currentNodeParameters: { resource: 'record', operation: 'explain', accessWith: 'dynamics' },
				credentials: stolen,
			},
		);
		expect(await list.then(({ results }) => results.length).catch(() => 'refused')).toBe('refused');
	});
}
