import { SyncWorld } from '../support/world';

describe('an edit', () => {
	it.each(['lead', 'contact'] as const)('on either side of a %s reaches the other, two fields of one record at a time', async (table) => {
		const world = await SyncWorld.start();
		const pair = await world.pair(table, { jobtitle: 'Clerk' });
		await world.editRow(pair, { jobtitle: 'Head of Lifts', donotphone: true });
		await world.editPerson(pair, { city: 'Lund' });
		const { conflicts } = await world.run();
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: 'Head of Lifts', donotphone: true, address1_city: 'Lund' },
			person: { title: 'Head of Lifts', doNotCall: true, city: 'Lund' },
		});
		expect(conflicts).toEqual([]);
	});

	it.each([
		['lead', 'From Marketo', 'marketo'],
		['contact', 'From Dynamics', 'dynamics'],
	] as const)('of one field on both sides of a %s: "%s" stands, and the other is on record', async (table, stands, winner) => {
		const world = await SyncWorld.start();
		const pair = await world.pair(table, { jobtitle: 'Clerk' });
		await world.editRow(pair, { jobtitle: 'From Dynamics' });
		await world.editPerson(pair, { title: 'From Marketo' });
		const { conflicts } = await world.run();
		expect(await world.both(pair)).toMatchObject({ row: { jobtitle: stands }, person: { title: stands } });
		expect(conflicts).toMatchObject([
			{ field: 'Job Title (jobtitle) = Job Title (title)', base: 'known', dynamicsValue: 'From Dynamics', marketoValue: 'From Marketo', winner },
		]);
	});
});
