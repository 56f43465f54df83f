import { waitFor } from '../harness/waiting';
import { operate } from './operate';
import { WRITE_PEOPLE, type Scene, type Work } from './scene';

/**
 * A page ends in the middle of a call. The call may still arrive, so that its record waits for two leases: one
 * wait for all. At which moments else: `test/scenarios/people/lostAnswers.test.ts`.
 */
export function interrupted(scene: Scene): void {
	const works: Work[] = [];
	/** Edits whose page is held at a call to Marketo; answers the run. */
	const heldAt = async (fault: { skip?: number; afterEffect?: boolean } = {}) => {
		const work = scene.work();
		works.push(work);
		await scene.heldAt(scene.world.marketo, { match: WRITE_PEOPLE, ...fault }, work.make);
		return scene.world.lane.state().run!;
	};
	const outcomeOf = (run: string) => scene.world.lane.runs().find(({ id }) => id === run)?.outcome;

	it('a person presses Stop', async () => {
		const { n8n, lane } = scene.world;
		await heldAt();
		const [running] = await n8n.executions({ workflowId: lane.workflow, status: 'running' });
		await n8n.client.rest('POST', `/executions/${running!.id}/stop`, {});
		expect((await n8n.executionEnd(running!.id)).status).toBe('canceled');
	});

	it('a person frees the stuck run', async () => {
		const run = await heldAt({ afterEffect: true });
		expect((await operate(scene, 'sync', 'freeStuckRun')).notes).toMatch(/was ended.*not answered/);
		expect(outcomeOf(run)).toBe('freed by a person');
	});

	it('n8n is killed after a person was made, before that is known: the next n8n takes the run over at once', async () => {
		const { n8n, lane, marketo } = scene.world;
		const run = await heldAt({ skip: 1, afterEffect: true });
		await n8n.stop('SIGKILL');
		await marketo.release();
		expect(lane.state()).toMatchObject({ run });
		await n8n.restart();
		// The dead run's process is known to be gone: nobody waits for the end of its lease.
		await waitFor(() => lane.state().run !== run, {
			timeout: 10_000,
			what: 'the run being taken over',
		});
		expect(outcomeOf(run)).toBe('taken over');
	});

	it('and everything is done once', async () => {
		expect(works).toHaveLength(3);
		for (const { done } of works) await done();
	});
}
