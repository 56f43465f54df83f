import { waitFor } from '../harness/waiting';
import { operate } from './operate';
import type { Pair } from '../scenario/peopleWorld';
import type { Scene } from './scene';

/** Deletes are followed where somebody has chosen that. Each choice: `test/scenarios/people/deleteChoices.test.ts`. */
export function deletes(scene: Scene): void {
	it('by choice the person of a contact that is deleted is deleted, and the contact of a person who is, and each says so', async () => {
		const { world } = scene;
		const published = await world.workflow();
		/** Nobody else belongs to the person: a lead of the same e-mail would keep them. */
		const takeAlone = (): Pair => {
			const pair = scene.take('contact');
			const links = world.lane.ask(`select id from link where marketo_id = '${pair.person}'`);
			return links.length === 1 ? pair : takeAlone();
		};
		const [inDynamics, inMarketo] = [takeAlone(), takeAlone()];
		await scene.change((nodes) => {
			const choices = { contactWhenRowDeleted: 'delete', contactWhenPersonDeleted: 'delete' };
			Object.assign(nodes.get('Resolve Sync Conflict')!.parameters, choices);
		});
		await world.sync();
		await world.together(
			() => world.crm.delete('contacts', inDynamics.id),
			() => world.people.delete([inMarketo.person]),
		);
		const people = async () =>
			await world.people.people('id', [inDynamics.person, inMarketo.person], ['id']);
		await waitFor(async () => (await people()).length === 0, { what: 'the person being deleted' });
		const rows = async () =>
			await world.crm.all(`contacts?$filter=contactid eq ${inMarketo.id}&$select=contactid`);
		// The log has to be certain that the person was not merged.
		await waitFor(async () => (await rows()).length === 0, {
			what: 'the contact being deleted',
			timeout: 120_000,
		});
		await world.sync();
		for (const { id } of [inDynamics, inMarketo]) {
			const record = { __rl: true, mode: 'id', value: id };
			const told = JSON.stringify(await operate(scene, 'record', 'explain', { record }));
			expect(told).toMatch(/deleted/i);
		}
		await world.expectClean();
		await scene.save(published);
		await world.sync();
		await world.expectClean();
	});
}
