import type { Scene } from './scene';

/** What a sync costs n8n while nothing changes. */
export function idle(scene: Scene): void {
	it('makes one execution a cycle, and none of them is stored', async () => {
		await scene.world.sync();
		const stored = (await scene.world.n8n.executions({ workflowId: scene.world.lane.workflow }))
			.length;
		const before = scene.world.lane.runs()[0]!;
		for (let cycle = 0; cycle < 5; cycle++) await scene.world.lane.oneRun();
		const runs = scene.world.lane.runs().filter(({ started_at: at }) => at > before.started_at);
		expect(runs.length).toBeGreaterThanOrEqual(5);
		expect(new Set(runs.map(({ pages, outcome }) => `${pages} ${outcome}`))).toEqual(
			new Set(['1 done']),
		);
		expect(
			await scene.world.n8n.executions({ workflowId: scene.world.lane.workflow }),
		).toHaveLength(stored);
	});
}
