import { waitFor } from '../harness/waiting';
import type { Fault } from '../scenario/twinControl';
import { WRITE_PEOPLE, WRITE_ROWS, type LaneScene } from './laneScene';

/** n8n dies at the worst of moments. */
export function killed(scene: LaneScene): void {
	it.each<[string, 'dynamics' | 'marketo', Fault]>([
		['after Resolve, before anything was written', 'dynamics', { match: WRITE_ROWS }],
		['between the two updates', 'marketo', { match: WRITE_PEOPLE }],
		['after a person was made, before that was known', 'marketo', { match: WRITE_PEOPLE, skip: 1, afterEffect: true }],
	])('%s, everything is done once after its return', async (_, system, fault) => {
		const { make, done } = scene.work();
		await scene.heldAt(scene.world[system], fault, make);
		const { run } = scene.world.lane.state();
		await scene.world.n8n.stop('SIGKILL');
		await scene.world[system].release();
		expect(scene.world.lane.state()).toMatchObject({ run });
		await scene.world.n8n.restart();
		// The dead run's lease is taken over at once: its process is known to be gone.
		await waitFor(() => scene.world.lane.state().run !== run, { timeout: 10_000, what: 'the run being taken over' });
		expect(scene.world.lane.runs().find(({ id }) => id === run)!.outcome).toBe('taken over');
		await done();
	});
}
