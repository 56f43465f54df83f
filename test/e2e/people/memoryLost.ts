import { rm } from 'node:fs/promises';
import { waitFor } from '../harness/waiting';
import { ledgerFile } from '../scenario/lane';
import { operate } from './operate';
import type { Scene } from './scene';

/** The sync's own file is gone: nothing is guessed, a person decides. An older copy: `test/scenarios/people/memoryLost.test.ts`. */
export function memoryLost(scene: Scene): void {
	const lose = async () => {
		for (const end of ['', '-wal', '-shm'])
			await rm(ledgerFile(scene.world.n8n) + end, { force: true });
	};

	const whyStopped = () => {
		try {
			return scene.world.lane.state()?.stopped;
		} catch {
			// A new ledger is there as soon as the trigger looks, its tables a moment later.
			return undefined;
		}
	};

	it('Adopt Present State goes on after the ledger was lost, and nobody is doubled', async () => {
		const { world } = scene;
		await world.sync();
		const linked = world.lane.count("link where state = 'active'");

		await world.n8n.stop();
		await lose();
		await world.n8n.restart();
		const stopped = await waitFor(whyStopped, { what: 'the sync stopping by itself' });
		expect(stopped).toMatch(/it was lost or replaced.*Adopt Present State/);
		expect(await operate(scene, 'sync', 'showStatus')).toMatchObject({
			status: expect.stringMatching(/^Stopped/),
		});

		const said = await operate(scene, 'sync', 'adoptPresentState');
		expect(said.notes).toMatch(/who belongs to whom is kept.*goes on by itself/s);
		await world.sync();
		expect(world.lane.state().stopped).toBeNull();
		expect(world.lane.count("link where state = 'active'")).toBe(linked);
		await world.expectClean();
		const { make, done } = scene.work();
		await make();
		await done();
	});
}
