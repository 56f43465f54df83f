import { waitFor } from '../harness/waiting';
import { operate } from './operate';
import { WRITE_ROWS, type Scene } from './scene';

const LATER = '={{ $now.plus({ days: 1 }).toISO() }}';
const KEPT = /n8n keeps every healthy run of the sync's workflow.*"Do not save"/;

/** What n8n itself keeps of people, and what a new version of the workflow does to a run that is on. */
export function tables(scene: Scene): void {
	it('deletes rows that are closed and old enough from both tables, and no others', async () => {
		const { world } = scene;
		const rows = async () => ({
			conflicts: await world.n8n.dataTableRows('Sync conflicts'),
			help: await world.n8n.dataTableRows('Sync needs help'),
		});
		const isOpen = ({ winner, status }: Record<string, unknown>) =>
			winner === 'nobody yet' || status === 'needs help';
		const before = await rows();
		expect(before.conflicts.filter((row) => !isOpen(row)).length).toBeGreaterThan(0);
		const open = {
			conflicts: before.conflicts.filter(isOpen).length,
			help: before.help.filter(isOpen).length,
		};
		const published = await world.workflow();
		// As if thirty days had gone by.
		await scene.change((nodes) => {
			for (const name of ['Delete Old Conflicts', 'Delete Solved Help']) {
				const { conditions } = nodes.get(name)!.parameters.filters as unknown as {
					conditions: Array<{ keyName: string; keyValue: string }>;
				};
				conditions.find(({ keyName }) => keyName === 'updatedAt')!.keyValue = LATER;
			}
		});
		const { make, done } = scene.work();
		await make();
		await done();
		await waitFor(async () => (await rows()).conflicts.every(isOpen), {
			what: 'the old rows going',
		});
		const after = await rows();
		expect([after.conflicts.length, after.help.length]).toEqual([open.conflicts, open.help]);
		await scene.save(published);
		await world.sync();
	});

	it('a mapping that is published while a run is on (P11): the run ends first, and no execution fails', async () => {
		const { world } = scene;
		const published = await world.workflow();
		const failed = (await scene.failed()).length;
		const { make, done } = scene.work();
		await scene.heldAt(world.dynamics, { match: WRITE_ROWS }, make);
		const { nodes, ...workflow } = structuredClone(published);
		const { rows } = nodes.find(({ name }) => name === 'Resolve Sync Conflict')!.parameters
			.leadBothWays as unknown as { rows: Array<{ column: { value: string } }> };
		const without = rows.filter(({ column }) => column.value !== 'fax');
		expect(without).toHaveLength(rows.length - 1);
		rows.splice(0, rows.length, ...without);
		await world.n8n.updateWorkflow(world.lane.workflow, { ...workflow, nodes });
		await world.n8n.publish(world.lane.workflow);
		await world.dynamics.release();
		await done();
		expect(await scene.failed()).toHaveLength(failed);
		await scene.save(published);
		await world.sync();
	});

	it('says so where n8n keeps healthy runs, as after an import from a file, and what to set', async () => {
		const { world } = scene;
		const published = await world.workflow();
		expect((await operate(scene, 'sync', 'showStatus')).notes).not.toMatch(KEPT);
		await scene.save({
			...published,
			settings: { ...published.settings, saveDataSuccessExecution: 'all' },
		});
		expect((await operate(scene, 'sync', 'showStatus')).notes).toMatch(KEPT);
		await scene.save(published);
		expect((await operate(scene, 'sync', 'showStatus')).notes).not.toMatch(KEPT);
		await world.sync();
	});
}
