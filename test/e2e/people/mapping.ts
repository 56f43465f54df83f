import type { IDataObject } from 'n8n-workflow';
import { operate } from './operate';
import type { Scene } from './scene';

interface MappingRows {
	rows: Array<{ column: { value: string }; field: { value: string } & IDataObject }>;
}

/** The field mapping changes in the editor, or under it. Every kind of change: `test/scenarios/people/mapping.test.ts`. */
export function mapping(scene: Scene): void {
	const notes = async () => (await operate(scene, 'sync', 'showStatus')).notes;

	it('a row gets another field: all linked leads are filled by the next run', async () => {
		const { world } = scene;
		const lead = scene.take('lead');
		await world.together(
			() => world.editRow(lead, { fax: '+1 300' }),
			() => world.editPerson(lead, { department: '' }),
		);
		const published = await world.workflow();
		await scene.change((nodes) => {
			const { rows } = nodes.get('Resolve Sync Conflict')!.parameters
				.leadBothWays as unknown as MappingRows;
			const fax = rows.find(({ column }) => column.value === 'fax')!;
			fax.field = { __rl: true, mode: 'list', value: 'department' };
		});
		await world.sync();
		expect(await world.person(lead, 'department')).toMatchObject({ department: '+1 300' });
		expect(await notes()).toBe('');
		await world.expectClean();
		await scene.save(published);
		await world.sync();
		await world.expectClean();
	});

	it('a mapped column is dropped while the sync is on: its row is named, the others go on, and it heals', async () => {
		const { world } = scene;
		const lead = scene.take('lead');
		const attributes = await world.crm.all(
			`EntityDefinitions(LogicalName='lead')/Attributes?$filter=LogicalName eq 'fax'`,
		);
		await world.dynamics.post('dropColumn', { table: 'lead', column: 'fax' });
		await world.together(() => world.editRow(lead, { jobtitle: 'Goes on' }));
		expect(await world.person(lead, 'title')).toMatchObject({ title: 'Goes on' });
		expect(await notes()).toContain('fax>fax');
		const told = async () => await world.tableRows('Sync needs help', 'mapping:lead:fax>fax');
		expect(await told()).toMatchObject([{ status: 'needs help', field: 'fax>fax' }]);

		await world.dynamics.post('tables', { LogicalName: 'lead', Attributes: attributes });
		await world.editRow(lead, { fax: '+1 302' });
		// A preview looks at once for columns that somebody has made.
		await world.n8n.runManually(world.lane.workflow, 'When a Sync Is Due');
		await world.together(() => world.editRow(lead, { jobtitle: 'Goes on again' }));
		expect(await world.person(lead, 'fax', 'title')).toMatchObject({
			fax: '+1 302',
			title: 'Goes on again',
		});
		expect(await notes()).not.toContain('fax>fax');
		expect(await told()).toMatchObject([{ status: 'solved' }]);
		await world.expectClean();
	});
}
