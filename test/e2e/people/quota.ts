import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../harness/waiting';
import type { Scene } from './scene';

/** Marketo's calls of the day are used up (607). What else a bad day brings: `test/scenarios/people/badDay.test.ts`. */
export function quota(scene: Scene): void {
	it('says when it goes on, is no failure to n8n, and a start by hand asks once', async () => {
		const { world } = scene;
		const { make, done } = scene.work();
		const failedBefore = (await scene.failed()).length;
		await make();
		await world.marketo.fail({ match: { path: '/rest/v1/' }, code: '607', times: -1 });
		const waiting = async () =>
			await waitFor(
				() => {
					const state = world.lane.state();
					return state.run === null && state.waiting_for !== null && state;
				},
				{ what: 'the sync waiting for its quota' },
			);
		const { waiting_for: words, next_due: goesOn } = await waiting();
		expect(words).toMatch(/daily/);
		const midnight = new Intl.DateTimeFormat('en-GB', {
			timeZone: 'America/Chicago',
			hour: '2-digit',
			minute: '2-digit',
		});
		expect(midnight.format(goesOn + 30_000)).toMatch(/^(00|24):0/);
		// Waiting is no failure, and nothing is wrong with the workflow.
		expect(await scene.failed()).toHaveLength(failedBefore);

		await world.marketo.forgetCalls();
		expect(await world.lane.startNow()).toMatch(/starts within seconds/);
		await waitFor(async () => (await world.marketo.calls()).total > 0, { what: 'the probe' });
		expect((await waiting()).next_due).toBeGreaterThan(Date.now() + 60_000);
		await sleep(6_000);
		expect((await world.marketo.calls()).total).toBe(1);

		await world.marketo.forgetFaults();
		await world.lane.startNow();
		await done();
	});
}
