import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Scene } from './scene';

/** Nothing changed, so nothing is written. */
export function idle(scene: Scene): void {
	it('a run writes nothing', async () => {
		await scene.world.sync();
		await scene.world.forgetCalls();
		await scene.world.lane.oneRun();
		expect(await scene.world.writeCalls()).toEqual([]);
	});

	it('a run that reads everything anew writes nothing either', async () => {
		await scene.world.betweenRuns();
		const ledger = new DatabaseSync(path.join(scene.world.n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite'));
		ledger.exec('DELETE FROM feed');
		ledger.close();
		await scene.world.forgetCalls();
		const { id, outcome } = await scene.world.lane.oneRun();
		expect(outcome).toBe('done');
		const [{ records } = { records: 0 }] = scene.world.lane.ask<{ records: number }>(
			`select sum(records) as records from page where run = '${id}'`,
		);
		expect(records).toBeGreaterThan(1000);
		expect(await scene.world.writeCalls()).toEqual([]);
		await scene.world.expectClean();
	});
}
