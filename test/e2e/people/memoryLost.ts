import { rm, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { waitFor } from '../harness/waiting';
import { ledgerFile } from '../scenario/lane';
import type { LaneScene } from './laneScene';

type Operate = (resource: 'sync', operation: string) => Promise<Record<string, string & string[]>>;

/** The sync's own file is gone, or an older copy of it is put back: nothing is guessed, a person decides. */
export function memoryLost(scene: LaneScene, operate: Operate): void {
	const file = () => ledgerFile(scene.world.n8n);
	const copy = () => path.join(scene.world.n8n.folder, 'older.sqlite');

	/** As a backup program does beside a running n8n. */
	const backUp = () => {
		const ledger = new DatabaseSync(file(), { readOnly: true, timeout: 10_000 });
		try {
			ledger.exec(`vacuum into '${copy()}'`);
		} finally {
			ledger.close();
		}
	};
	const lose = async () => {
		for (const end of ['', '-wal', '-shm']) await rm(file() + end, { force: true });
	};

	const whyStopped = () => {
		try {
			return scene.world.lane.state()?.stopped;
		} catch {
			// A new ledger is there as soon as the trigger looks, its tables a moment later.
			return undefined;
		}
	};

	it.each([
		['after an older copy of the ledger was put back', /older copy of it was put back/, async () => await copyFile(copy(), file())],
		['after the ledger was lost', /it was lost or replaced/, async () => {}],
	])('Adopt Present State goes on %s, and nobody is doubled', async (_, reason, putBack) => {
		const { world } = scene;
		await world.sync();
		await rm(copy(), { force: true });
		backUp();
		const { make, done } = scene.work();
		await make();
		await done();
		const linked = world.lane.count("link where state = 'active'");

		await world.n8n.stop();
		await lose();
		await putBack();
		await world.n8n.restart();
		const stopped = await waitFor(whyStopped, { what: 'the sync stopping by itself' });
		expect(stopped).toMatch(reason);
		expect(stopped).toMatch(/Adopt Present State/);
		expect(await operate('sync', 'showStatus')).toMatchObject({ status: expect.stringMatching(/^Stopped/) });

		const said = await operate('sync', 'adoptPresentState');
		expect(said.notes).toMatch(/who belongs to whom is kept.*goes on by itself/s);
		await world.sync();
		expect(world.lane.state().stopped).toBeNull();
		expect(world.lane.count("link where state = 'active'")).toBe(linked);
		await world.expectClean();
		const next = scene.work();
		await next.make();
		await next.done();
	});
}
