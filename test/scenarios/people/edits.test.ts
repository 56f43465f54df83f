import { SyncWorld } from '../support/world';

describe('an edit', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));

	it.each(['lead', 'contact'] as const)(
		'on either side of a %s reaches the other, two fields of one record at a time',
		async (table) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk' });
			await world.editRow(pair, { jobtitle: 'Head of Lifts', donotphone: true });
			await world.editPerson(pair, { city: 'Lund' });
			const { conflicts } = await world.run();
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Head of Lifts', donotphone: true, address1_city: 'Lund' },
				person: { title: 'Head of Lifts', doNotCall: true, city: 'Lund' },
			});
			expect(conflicts).toEqual([]);
		},
	);

	it('of every type of column arrives, in either direction, and is emptied with it', async () => {
		const [lead, contact] = [await world.pair('lead'), await world.pair('contact')];
		await world.editRow(lead, { leadqualitycode: 1, numberofemployees: 12, revenue: 1500.5 });
		await world.editPerson(contact, {
			dateOfBirth: '1990-02-28',
			mktoPersonNotes: 'Line 1\nLine 2',
			doNotCall: true,
		});
		await world.run();
		expect(await world.person(lead)).toMatchObject({
			rating: 'Hot',
			numberOfEmployees: 12,
			annualRevenue: 1500.5,
		});
		expect(await world.row(contact)).toMatchObject({
			birthdate: '1990-02-28',
			description: 'Line 1\nLine 2',
			donotphone: true,
		});
		await world.editPerson(lead, { rating: 'Cold', numberOfEmployees: null, annualRevenue: 20 });
		await world.editRow(contact, {
			birthdate: null,
			description: 'Line 1\r\nLine 3',
			donotphone: false,
		});
		await world.run();
		expect(await world.row(lead)).toMatchObject({
			leadqualitycode: 3,
			numberofemployees: null,
			revenue: 20,
		});
		expect(await world.person(contact)).toMatchObject({ dateOfBirth: null, doNotCall: false });
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it.each([
		['lead', 'From Marketo', 'marketo', "Marketo wins for leads (as in Adobe's sync)"],
		['contact', 'From Dynamics', 'dynamics', "Dynamics wins for contacts (as in Adobe's sync)"],
	] as const)(
		'of one field on both sides of a %s: "%s" stands, and the other is on record',
		async (table, stands, winner, rule) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk' });
			await world.editRow(pair, { jobtitle: 'From Dynamics' });
			await world.editPerson(pair, { title: 'From Marketo' });
			const { conflicts } = await world.run();
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: stands },
				person: { title: stands },
			});
			expect(conflicts).toMatchObject([
				{
					field: 'Job Title (jobtitle) = Job Title (title)',
					base: 'known',
					dynamicsId: pair.id,
					marketoId: String(pair.person),
					dynamicsValue: 'From Dynamics',
					marketoValue: 'From Marketo',
					winner,
					rule,
				},
			]);
		},
	);

	it('to the same value on both sides is no conflict, and nothing is written', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		await world.editPerson(lead, { title: 'Reader' });
		const { conflicts, writes } = await world.run();
		expect({ conflicts, writes }).toEqual({ conflicts: [], writes: [] });
	});

	it('R14: that the other system stores in a form of its own comes back to nobody', async () => {
		// A world of its own: to the auditor the two forms are a difference.
		const world = await SyncWorld.start();
		const [lead, contact] = [await world.pair('lead'), await world.pair('contact')];
		await world.dynamics.post('plugin', {
			table: 'contact',
			column: 'jobtitle',
			on: ['update'],
			do: 'upper',
		});
		await world.marketo.post('options', { trimStrings: true });
		await world.editRow(lead, { jobtitle: 'Clerk ' });
		await world.editPerson(contact, { title: 'Clerk' });
		const first = await world.run();
		await world.runs(3);
		await world.editRow(contact, { telephone1: '+46 1' });
		await world.editPerson(lead, { city: 'Lund' });
		const later = await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Clerk ' },
			person: { title: 'Clerk' },
		});
		expect(await world.both(contact)).toMatchObject({
			row: { jobtitle: 'CLERK' },
			person: { title: 'Clerk' },
		});
		expect(first.writes).toHaveLength(2);
		expect(
			later.flatMap(({ receipts }) =>
				receipts.map(({ fields }) => fields.filter((name) => name !== 'dynamicsLastSync')),
			),
		).toEqual([['address1_city'], ['phone']]);
	});

	it('R34: that Marketo logs after the person was read arrives with a later run', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.marketo.post('options', { latenessMs: 10 * 60_000, lateArrivals: 'passedOver' });
		await world.editPerson(lead, { title: 'Late' });
		await world.runs(3);
		await world.marketo.post('options', { latenessMs: 1_000, lateArrivals: 'appended' });
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Late' });
	});
});
