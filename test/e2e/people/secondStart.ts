import path from 'node:path';
import { ROOT } from '../harness/tools';
import { WRITE_PEOPLE, WRITE_ROWS, type LaneScene } from './laneScene';

const PEOPLE_SYNC = path.join(ROOT, 'workflows/people-sync.json');

/** One run at a time, whoever starts it and whoever stops it. */
export function secondStart(scene: LaneScene): void {
	it('starts no second one, and says why', async () => {
		const { make, done } = scene.work();
		await scene.heldAt(scene.world.dynamics, { match: WRITE_ROWS }, make);
		const { run } = scene.world.lane.state();
		expect(await scene.world.lane.startNow()).toMatch(/A run is on already/);
		expect(scene.world.lane.state().run).toBe(run);
		await scene.world.dynamics.release();
		await done();
	});

	it('refuses a second copy of the workflow, and says which one runs the sync', async () => {
		const copy = await scene.world.n8n.importWorkflow(PEOPLE_SYNC, scene.world.world.credentials);
		const runs = scene.world.lane.runs().length;
		await expect(scene.world.n8n.publish(copy.id)).rejects.toThrow(/Another workflow runs the sync/);
		expect(scene.world.lane.state().workflow).toBe(scene.world.lane.workflow);
		await scene.world.lane.oneRun();
		expect(scene.world.lane.runs().length).toBeGreaterThan(runs);
		expect(await scene.world.n8n.executions({ workflowId: copy.id })).toEqual([]);
		await scene.world.n8n.unpublish(copy.id);
		await scene.world.n8n.removeWorkflow(copy.id);
	});

	it('goes on by itself after a person pressed Stop in the middle of a page', async () => {
		const { make, done } = scene.work();
		await scene.heldAt(scene.world.marketo, { match: WRITE_PEOPLE }, make);
		const [running] = await scene.world.n8n.executions({ workflowId: scene.world.lane.workflow, status: 'running' });
		await scene.world.n8n.client.rest('POST', `/executions/${running!.id}/stop`, {});
		expect((await scene.world.n8n.executionEnd(running!.id)).status).toBe('canceled');
		await done();
	});
}
