import { waitFor } from '../harness/waiting';
import type { FlowScene } from './flowScene';

const CREATE = { method: 'PATCH', path: '/leads(' };

/** Whatever is repeated, lost or cut off: one person gets one row. */
export function once(scene: FlowScene): void {
	it('five identical calls and five flow steps at the same moment make one row', async () => {
		const person = await scene.newPerson();
		const told = await scene.actions.runTogether(
			Array.from({ length: 10 }, (_, index) => ({
				people: [person],
				by: index % 2 ? ('flowStep' as const) : ('webhook' as const),
			})),
			'syncPerson',
		);
		expect(await scene.rowsOf(person)).toHaveLength(1);
		expect(told.map(({ success }) => success)).toEqual(Array(10).fill(true));
		expect(new Set(told.map(({ dynamicsId }) => dynamicsId)).size).toBe(1);
	});

	it('n8n killed before the one row is made, and when the other is made and n8n does not know: each is there once', async () => {
		const [called, sent] = (await scene.newPeople(2)) as [number, number];
		await scene.world.dynamics.fail({ match: CREATE, hold: true, times: 1 });
		await scene.world.dynamics.fail({ match: CREATE, hold: true, afterEffect: true, times: 1 });
		const webhook = await scene.actions.start([called], { by: 'webhook', action: 'syncPerson' });
		const flowStep = await scene.actions.start([sent], { by: 'flowStep', action: 'syncPerson' });
		await scene.struck();
		await scene.world.n8n.stop('SIGKILL');
		await scene.world.dynamics.release();
		await scene.world.n8n.restart();
		const [told] = await scene.actions.end(flowStep, 180_000);
		expect(told).toMatchObject({ success: true, dynamicsTable: 'lead' });
		// Its caller is gone with the old process; the person was kept all the same.
		expect(await scene.actions.end(webhook)).toMatchObject([{ state: 'failed' }]);
		await waitFor(async () => (await scene.rowsOf(called)).length > 0, {
			timeout: 120_000,
			what: 'the row of the person whose call was cut off',
		});
		await scene.expectSettled();
		expect(await scene.rowsOf(sent)).toMatchObject([{ leadid: told!.dynamicsId }]);
		expect(await scene.rowsOf(called)).toHaveLength(1);
	});
}
