import path from 'node:path';
import { ROOT } from '../harness/tools';
import { operate } from './operate';
import { WRITE_ROWS, type Scene } from './scene';

const PEOPLE_SYNC = path.join(ROOT, 'workflows/people-sync.json');

/** One run at a time, whoever starts it and whoever stops it. */
export function secondStart(scene: Scene): void {
	it('starts no second one, and says why; Show Status says that it runs', async () => {
		const { make, done } = scene.work();
		await scene.heldAt(scene.world.dynamics, { match: WRITE_ROWS }, make);
		const { run } = scene.world.lane.state();
		expect(await scene.world.lane.startNow()).toMatch(/A run is already in progress/);
		expect(scene.world.lane.state().run).toBe(run);
		expect(await operate(scene, 'sync', 'showStatus')).toMatchObject({ status: 'Running' });
		await scene.world.dynamics.release();
		await done();
	});

	it('refuses a second copy of the workflow, and says which one runs the sync', async () => {
		const copy = await scene.world.n8n.importWorkflow(PEOPLE_SYNC, scene.world.world.credentials);
		const runs = scene.world.lane.runs().length;
		await expect(scene.world.n8n.publish(copy.id)).rejects.toThrow(
			/Workflow "Marketo and Dynamics 365: leads and contacts" \(\w+\) already runs this sync/,
		);
		expect(scene.world.lane.state().workflow).toBe(scene.world.lane.workflow);
		await scene.world.lane.oneRun();
		expect(scene.world.lane.runs().length).toBeGreaterThan(runs);
		expect(await scene.world.n8n.executions({ workflowId: copy.id })).toEqual([]);
		await scene.world.n8n.unpublish(copy.id);
		await scene.world.n8n.removeWorkflow(copy.id);
	});
}
