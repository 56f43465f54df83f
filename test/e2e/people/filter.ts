import { operate } from './operate';
import type { Scene } from './scene';

/** Who takes part, as somebody sets it in the options of a node. What a filter does: `test/scenarios/people/filter.test.ts`. */
export function filter(scene: Scene): void {
	it('leaves a lead out once it does not meet the conditions, says so, and goes on with both edits once it does', async () => {
		const { world } = scene;
		const published = await world.workflow();
		const lead = scene.take('lead');
		await scene.change((nodes) => {
			const condition = { column: 'jobtitle', operator: 'ne', value: 'partner' };
			nodes.get('Get Dynamics Changes')!.parameters.options = {
				leadFilter: { condition: [condition] },
			};
		});
		await world.sync();

		await world.betweenRuns();
		await world.editRow(lead, { jobtitle: 'Partner', mobilephone: '+1 201' });
		await world.sync();
		await world.editPerson(lead, { city: 'Marketo City' });
		await world.sync();
		const apart = await world.person(lead, 'title', 'mobilePhone');
		expect(apart.title).not.toBe('Partner');
		expect(apart.mobilePhone).not.toBe('+1 201');
		expect((await world.row(lead)).address1_city).not.toBe('Marketo City');
		expect((await operate(scene, 'sync', 'showStatus')).notes).toContain(
			'The sync filter takes leads: Job Title is not "partner"',
		);
		const record = { __rl: true, mode: 'id', value: lead.id };
		const told = await operate(scene, 'record', 'explain', { record });
		expect(JSON.stringify(told)).toContain('left out by the sync filter');

		await world.editRow(lead, { jobtitle: 'Director' });
		await world.sync();
		expect(await world.person(lead, 'title', 'mobilePhone')).toMatchObject({
			title: 'Director',
			mobilePhone: '+1 201',
		});
		expect(await world.row(lead)).toMatchObject({ address1_city: 'Marketo City' });
		await scene.save(published);
		await world.sync();
		await world.expectClean();
	});
}
