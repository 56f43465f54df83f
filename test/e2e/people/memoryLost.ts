import { rm } from 'node:fs/promises';
import path from 'node:path';
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

	it('Restore puts a copy of Back Up in its place while n8n runs, not while a run is on, and the sync waits for a person', async () => {
		const { world } = scene;
		await world.sync();
		const { file } = await operate(scene, 'sync', 'backUp');
		const copy = { __rl: true, mode: 'name', value: path.basename(file!) };
		const { make, done } = scene.work();
		await make();
		await world.sync();

		await operate(scene, 'sync', 'pause');
		await waitFor(() => world.lane.state().run === null, { what: 'the end of the present page' });
		const said = await waitFor(
			async () => await operate(scene, 'sync', 'restore', { copy }).catch(() => undefined),
			{ what: 'every write being answered', timeout: 60_000 },
		);
		expect(said).toMatchObject({
			restored: path.basename(file!),
			notes: expect.stringMatching(/Choose Adopt Present State.*still paused/s),
		});
		expect(await operate(scene, 'sync', 'showStatus')).toMatchObject({
			status: expect.stringMatching(/^Stopped: .*an older copy of it was restored/),
		});
		await operate(scene, 'sync', 'adoptPresentState');
		await operate(scene, 'sync', 'resume');
		await done();
	});

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
		expect(said.notes).toMatch(/all links are kept.*continues by itself/s);
		await world.sync();
		expect(world.lane.state().stopped).toBeNull();
		expect(world.lane.count("link where state = 'active'")).toBe(linked);
		await world.expectClean();
		const { make, done } = scene.work();
		await make();
		await done();
	});
}
