import type { Scene } from './scene';

/** A rule that a person chooses in the editor. What each rule does: `test/scenarios/people/rules.test.ts`. */
export function rules(scene: Scene): void {
	it('holds from the next run: ask; an edit is the answer, and takes the place of the question in the Data Table', async () => {
		const lead = scene.take('lead');
		await scene.change((nodes) => {
			const rule = { column: { __rl: true, mode: 'list', value: 'mobilephone' }, winner: 'ask' };
			nodes.get('Resolve Sync Conflict')!.parameters.leadSpecialRules = { rules: [rule] };
		});
		await scene.world.together(
			() => scene.world.editRow(lead, { mobilephone: '+1 101' }),
			() => scene.world.editPerson(lead, { mobilePhone: '+1 102' }),
		);
		expect(await scene.world.row(lead)).toMatchObject({ mobilephone: '+1 101' });
		expect(await scene.world.person(lead, 'mobilePhone')).toMatchObject({ mobilePhone: '+1 102' });
		const asked = async () =>
			(await scene.world.tableRows('Sync conflicts', lead.id)).filter(({ field }) =>
				String(field).includes('mobilephone'),
			);
		expect(await asked()).toMatchObject([
			{ winner: 'nobody yet', rule: 'Ask', dynamicsValue: '+1 101', marketoValue: '+1 102' },
		]);

		await scene.world.together(() => scene.world.editRow(lead, { mobilephone: '+1 103' }));
		expect(await scene.world.person(lead, 'mobilePhone')).toMatchObject({ mobilePhone: '+1 103' });
		expect(await asked()).toMatchObject([{ winner: 'dynamics', rule: 'Answered by an edit' }]);
		await scene.world.expectClean();
	});
}
