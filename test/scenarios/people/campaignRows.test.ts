import { SyncWorld } from '../support/world';

describe('whose row a campaign takes', () => {
	let world: SyncWorld;
	let names = 0;
	beforeAll(async () => {
		world = await SyncWorld.start();
		await world.runs(2);
	});
	const someEmail = () => `somebody${++names}@example.com`;
	const closed = { statecode: 2 };
	/** Rows that no page of the sync has seen when the campaign asks. */
	const row = async (emailaddress1: string, values: object = {}) =>
		await world.newRow('lead', { emailaddress1, ...values });
	const ask = async (person: number) => (await world.campaign([{ person, syncAs: 'lead' }]))[0]!;

	it.each([false, true])(
		'the active one of two with one e-mail (R49; the person carries the id of the other: %s)',
		async (isStored) => {
			const email = someEmail();
			const old = await row(email);
			await world.editRow({ table: 'lead', id: old }, closed);
			const active = await row(email);
			const ids = isStored ? { dynamicsLeadId: old } : {};
			const person = await world.newPerson({ email, ...ids });
			expect(await ask(person)).toMatchObject({ outcome: 'linked', dynamicsId: active });
		},
	);

	it('an inactive one where there is no other; of two such none (R49)', async () => {
		const [one, two] = [someEmail(), someEmail()];
		const old = await row(one);
		const others = [await row(two), await row(two)];
		for (const id of [old, ...others]) await world.editRow({ table: 'lead', id }, closed);
		expect(await ask(await world.newPerson({ email: one }))).toMatchObject({ dynamicsId: old });
		// Dynamics' duplicate rules look at inactive rows as well, unless they are told not to.
		const sent = [{ person: await world.newPerson({ email: two }), syncAs: 'lead' as const }];
		const [made] = await world.campaign(sent, { detectDuplicates: false });
		expect(made).toMatchObject({ outcome: 'created' });
		expect(others).not.toContain(made!.dynamicsId);
	});

	it('of merged ones the row that stays, whatever its e-mail is, and along a chain (R28, R49)', async () => {
		const email = someEmail();
		const [first, second, last] = [
			await row(email),
			await row(someEmail()),
			await row(someEmail()),
		];
		await world.mergeRows({ table: 'lead', id: second }, { id: first });
		await world.mergeRows({ table: 'lead', id: last }, { id: second });
		const person = await world.newPerson({ email });
		expect(await ask(person)).toMatchObject({ outcome: 'linked', dynamicsId: last });
	});

	it('a restored one when the sync has said whose it is, with what was known of it (R29)', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(2);
		const { email } = (await world.person(lead))!;
		await world.deleteRow(lead);
		await world.run();
		await world.crm.create('leads', { leadid: lead.id, lastname: 'Back', emailaddress1: email });
		const other = await world.newPerson({ email });
		expect(await ask(other)).toMatchObject({ success: null, outcome: 'waiting' });
		const [back] = await world.runs(2);
		expect(back!.conflicts).toEqual([]);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: null },
			person: { title: null, microsoftIsDeleted: false },
		});
		expect(await world.campaign()).toMatchObject([
			{ id: String(other), errorCode: 'BELONGS_TO_ANOTHER' },
		]);
	});

	it('none in place of one that the sync may not see: nobody is made twice (R30)', async () => {
		const email = someEmail();
		const id = await row(email);
		await world.dynamics.post('hide', { table: 'lead', ids: [id] });
		const person = await world.newPerson({ email, dynamicsLeadId: id });
		const told = await ask(person);
		await world.dynamics.post('show', { table: 'lead', ids: [id] });
		expect(told).toMatchObject({
			success: false,
			reason: expect.stringContaining('may not see') as string,
		});
		expect(await ask(person)).toMatchObject({ outcome: 'linked', dynamicsId: id });
	});

	it('and an address that Dynamics does not look for holds up its own person alone (B4, R46)', async () => {
		const [bad, good] = ['bad@example.com', someEmail()];
		const id = await row(good);
		const people = [await world.newPerson({ email: bad }), await world.newPerson({ email: good })];
		await world.dynamics.post('settings', { refusedInFilters: [bad] });
		const before = world.lines.dynamics.calls.length;
		const told = await world.campaign(
			people.map((person) => ({ person, syncAs: 'lead' as const })),
		);
		expect(told).toMatchObject([
			{
				success: false,
				errorCode: 'NOT_LOOKED_UP',
				reason: expect.stringContaining('not valid') as string,
			},
			{ outcome: 'linked', dynamicsId: id },
		]);
		const calls = world.lines.dynamics.calls.slice(before);
		expect(calls.filter((call) => call.includes('$batch'))).toHaveLength(2);
		await world.dynamics.post('settings', { refusedInFilters: [] });
		expect(await ask(people[0]!)).toMatchObject({ outcome: 'created' });
	});
});
