import { row, smallMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

describe('two people merged in Marketo (C3, C6, R28, R49)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});

	/** Somebody whom only Marketo knows. */
	const onlyInMarketo = async (values: Record<string, string> = {}) => ({
		person: await world.newPerson({ lastName: null, ...values }),
	});

	describe('whose link was the loser’s', () => {
		afterEach(async () => {
			expect(await world.help()).toEqual([]);
			await world.expectClean();
		});

		it.each(['lead', 'contact'] as const)(
			'the %s goes on with the survivor, both ways and without help from anybody',
			async (table) => {
				const loser = await world.pair(table, { jobtitle: 'Clerk' });
				const survivor = await onlyInMarketo();
				await world.mergePeople(survivor, loser);
				await world.run();
				const pair = { ...loser, ...survivor };
				expect(await world.pairs(table)).toContainEqual(pair);
				await world.editPerson(pair, { title: 'Edited in Marketo' });
				await world.run();
				expect(await world.row(pair)).toMatchObject({ jobtitle: 'Edited in Marketo' });
				await world.editRow(pair, { jobtitle: 'Edited in Dynamics' });
				await world.run();
				expect(await world.person(pair)).toMatchObject({
					title: 'Edited in Dynamics',
					[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']: pair.id,
				});
			},
		);

		it('a chain of merges is followed to its end, in one run or in several', async () => {
			const loser = await world.pair('lead', { jobtitle: 'Clerk' });
			const [second, third, last] = [
				await onlyInMarketo(),
				await onlyInMarketo(),
				await onlyInMarketo(),
			];
			await world.mergePeople(second, loser);
			await world.mergePeople(third, second);
			await world.run();
			await world.mergePeople(last, third);
			await world.run();
			await world.editPerson(last, { title: 'Chief' });
			await world.run();
			expect(await world.row(loser)).toMatchObject({ jobtitle: 'Chief' });
		});

		it.each(['lead', 'contact'] as const)(
			'an edit in Marketo from before or after the merge, which a %s was not told yet, arrives',
			async (table) => {
				const loser = await world.pair(table, { jobtitle: 'Clerk', address1_city: 'Lund' });
				const survivor = await onlyInMarketo();
				await world.runs(2);
				await world.editPerson(loser, { title: 'Before' });
				await world.mergePeople(survivor, loser);
				await world.editPerson(survivor, { city: 'After' });
				const { conflicts } = await world.run();
				expect(conflicts).toEqual([]);
				expect(await world.row(loser)).toMatchObject({
					jobtitle: 'Before',
					address1_city: 'After',
				});
			},
		);

		it('an edit in Dynamics before the merge was known arrives, although Marketo wins for leads (its value is the old one)', async () => {
			const loser = await world.pair('lead', { jobtitle: 'Clerk' });
			const survivor = await onlyInMarketo({ title: 'Clerk' });
			await world.runs(2);
			await world.mergePeople(survivor, loser);
			await world.editRow(loser, { jobtitle: 'Chief' });
			const { conflicts } = await world.run();
			expect(conflicts).toEqual([]);
			expect(await world.person(survivor)).toMatchObject({ title: 'Chief' });
		});

		it('an edit in Dynamics after the merge arrives, although the survivor had another value', async () => {
			const loser = await world.pair('lead', { jobtitle: 'Clerk' });
			const survivor = await onlyInMarketo({ title: 'Cook' });
			await world.mergePeople(survivor, loser);
			await world.run();
			await world.editRow(loser, { jobtitle: 'Chief' });
			const { conflicts } = await world.run();
			expect(conflicts).toEqual([]);
			expect(await world.person(survivor)).toMatchObject({ title: 'Chief' });
		});

		it.each([
			['lead', 'marketo', 'Cook'],
			['contact', 'dynamics', 'Clerk'],
		] as const)(
			'where the survivor had another value than the %s, the usual winner wins: %s; and it is on record',
			async (table, winner, title) => {
				const loser = await world.pair(table, { jobtitle: 'Clerk', address1_city: 'Lund' });
				const survivor = await onlyInMarketo({ title: 'Cook' });
				await world.mergePeople(survivor, loser);
				const { conflicts } = await world.run();
				expect(conflicts).toMatchObject([
					{ dynamicsValue: 'Clerk', marketoValue: 'Cook', winner, marketoId: `${survivor.person}` },
				]);
				expect(await world.both({ ...loser, ...survivor })).toMatchObject({
					row: { jobtitle: title, address1_city: 'Lund' },
					person: { title, city: 'Lund' },
				});
			},
		);

		it('the contact of one and the lead of the other: the contact is the survivor’s, the lead stands behind it', async () => {
			const contact = await world.pair('contact', { jobtitle: 'Clerk' });
			const lead = await world.pair('lead');
			await world.mergePeople(lead, contact);
			await world.run();
			expect(await world.pairs('contact')).toContainEqual({ ...contact, person: lead.person });
			await world.editPerson(lead, { title: 'Chief' });
			await world.run();
			expect(await world.row(contact)).toMatchObject({ jobtitle: 'Chief' });
			expect(await world.help()).toMatchObject([{ subject: `lead:${lead.id}` }]);
			await world.deleteRow(lead);
			await world.run();
		});

		it('a lead that waited because two people had its e-mail is linked once these are one', async () => {
			const emailAddress = 'shared@example.com';
			const people = [
				await onlyInMarketo({ email: emailAddress }),
				await onlyInMarketo({ email: emailAddress }),
			] as const;
			const id = await world.newRow('lead', { emailaddress1: emailAddress });
			await world.run();
			expect(await world.help()).toMatchObject([{ subject: `lead:${id}` }]);
			await world.mergePeople(...people);
			await world.run();
			expect(await world.pairs('lead')).toContainEqual({ table: 'lead', id, ...people[0] });
		});
	});

	it('who is linked both: the loser’s row is named as a duplicate until the two are one in Dynamics, too', async () => {
		const winner = await world.pair('lead', { jobtitle: 'Winner' });
		const loser = await world.pair('lead', { jobtitle: 'Loser' });
		await world.mergePeople(winner, loser);
		await world.run();
		const named = [
			{
				subject: `lead:${loser.id}`,
				reason: expect.stringContaining(`another lead in Dynamics (${winner.id})`) as string,
			},
		];
		expect(await world.help()).toMatchObject(named);
		await world.editRow(loser, { jobtitle: 'Still a duplicate' });
		await world.run();
		expect(await world.help()).toMatchObject(named);
		expect(await world.everybody()).toHaveLength((await world.pairs()).length);
		expect(await world.person(winner)).toMatchObject({ title: 'Winner' });
		await world.deleteRow(winner);
		await world.runs(2);
		expect(await world.help()).toEqual([]);
		expect(await world.pairs('lead')).toContainEqual({ ...loser, person: winner.person });
	});

	it('a lead that waited because the loser’s had its e-mail gets a person of its own', async () => {
		const [winner, loser] = [await world.pair('lead'), await world.pair('lead')];
		const { emailaddress1 } = (await world.row(loser))!;
		const id = await world.newRow('lead', { emailaddress1 });
		await world.run();
		expect(await world.help()).toMatchObject([{ subject: `lead:${id}` }]);
		await world.mergePeople(winner, loser);
		await world.run();
		expect(await world.help()).toMatchObject([{ subject: `lead:${loser.id}` }]);
		expect((await world.pairs('lead')).map((pair) => pair.id)).toContain(id);
		await world.deleteRow(loser);
		await world.runs(2);
	});

	it('a question about the loser’s value is asked anew with the survivor’s', async () => {
		const asking = await SyncWorld.start({
			mapping: smallMapping({ lead: [row('jobtitle>title', { winner: 'ask' })] }),
		});
		const loser = await asking.pair('lead', { jobtitle: 'Clerk' });
		await asking.editRow(loser, { jobtitle: 'Chief' });
		await asking.editPerson(loser, { title: 'Cook' });
		await asking.run();
		const survivor = { person: await asking.newPerson({ lastName: null, title: 'Carpenter' }) };
		await asking.mergePeople(survivor, loser);
		const { conflicts } = await asking.run();
		expect(conflicts).toMatchObject([
			{ winner: 'nobody yet', dynamicsValue: 'Chief', marketoValue: 'Carpenter' },
		]);
		expect(await asking.both({ ...loser, ...survivor })).toMatchObject({
			row: { jobtitle: 'Chief' },
			person: { title: 'Carpenter' },
		});
	});
});
