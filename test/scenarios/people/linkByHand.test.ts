import { CannotDo } from '../../../sync/cannotDo';
import { forget } from '../../../sync/operate/forget';
import { linkByHand } from '../../../sync/operate/linkByHand';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

describe('somebody says who belongs together (R26, R27)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	const link = async ({ id }: Pick<Pair, 'id'>, person: number | string) =>
		await linkByHand(world.ledger, { row: { id }, person: String(person) });
	const parked = async () => {
		const emailaddress1 = `two${Math.round(world.clock.now())}@example.com`;
		const people = [
			await world.newPerson({ email: emailaddress1, title: 'Cook', city: 'Lund' }),
			await world.newPerson({ email: emailaddress1 }),
		] as const;
		const id = await world.newRow('contact', { emailaddress1, jobtitle: 'Clerk' });
		await world.run();
		expect(await world.help()).toMatchObject([{ subject: `contact:${id}` }]);
		return { id, people };
	};

	it('which of two people a contact belongs to: they meet as at a first contact, and help is solved', async () => {
		const { id, people } = await parked();
		await link({ id }, people[0]);
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([
			{ base: 'unset', dynamicsValue: 'Clerk', marketoValue: 'Cook', winner: 'dynamics' },
		]);
		expect(await world.help()).toEqual([]);
		const pair: Pair = { table: 'contact', id, person: people[0] };
		expect(await world.pairs('contact')).toContainEqual(pair);
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: 'Clerk', address1_city: 'Lund' },
			person: { title: 'Clerk', city: 'Lund', dynamicsContactId: id },
		});
		await world.editPerson(pair, { title: 'Chief' });
		await world.run();
		expect(await world.row(pair)).toMatchObject({ jobtitle: 'Chief' });
		expect((await world.run()).writes).toEqual([]);
	});

	it('another person than until now, once the old link is forgotten', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const person = await world.newPerson({ email: 'somebody.else@example.com', lastName: null });
		await expect(link(lead, person)).rejects.toThrow(`is linked with person ${lead.person}`);
		await forget(world.ledger, { id: lead.id });
		await link(lead, person);
		await world.run();
		expect(await world.pairs('lead')).toContainEqual({ ...lead, person });
		expect(await world.help()).toEqual([]);
	});

	it('nothing is done where the two are linked already', async () => {
		const lead = await world.pair('lead');
		await link(lead, lead.person);
		expect((await world.run()).writes).toEqual([]);
	});

	it('of two contacts with one e-mail, one with somebody else: the other one gets who has the e-mail', async () => {
		const emailaddress1 = 'shared@example.com';
		const [one, other] = [
			await world.newRow('contact', { emailaddress1 }),
			await world.newRow('contact', { emailaddress1 }),
		];
		const theirs = await world.newPerson({ email: emailaddress1 });
		const person = await world.newPerson({ email: 'of.her.own@example.com' });
		await world.run();
		expect(await world.help()).toHaveLength(2);
		await link({ id: one }, person);
		await world.run();
		expect(await world.help()).toMatchObject([
			{
				subject: `contact:${one}`,
				reason: `email: The Marketo person ${theirs} has this e-mail address`,
			},
		]);
		expect(await world.pairs('contact')).toEqual(
			expect.arrayContaining([
				{ table: 'contact', id: one, person },
				{ table: 'contact', id: other, person: theirs },
			]),
		);
		await world.editRow({ table: 'contact', id: one }, { emailaddress1: 'of.her.own@example.com' });
		await world.run();
		expect(await world.help()).toEqual([]);
	});

	it('refuses a person who has another record, a record that is none, and what is no ID', async () => {
		const [lead, other] = [await world.pair('lead'), await world.pair('lead')];
		await forget(world.ledger, { id: lead.id });
		const tries: Array<[Pick<Pair, 'id'>, string, string]> = [
			[lead, `${other.person}`, `Person ${other.person} is linked with Lead ${other.id}`],
			[lead, 'Ada', '"Ada" is not a Marketo ID'],
			[lead, ' ', 'No person was entered'],
			[{ id: `${other.person}` }, '12', 'is linked with person'],
			[{ id: '00000000-0000-4000-8000-00000000dead' }, '12', 'does not know'],
		];
		for (const [row, person, words] of tries) {
			const refused = link(row, person);
			await expect(refused).rejects.toThrow(words);
			await expect(refused).rejects.toBeInstanceOf(CannotDo);
		}
		await world.run();
	});

	it('a person who is not there needs help, and nobody is made in their place', async () => {
		const lead = await world.pair('lead');
		const before = (await world.everybody()).length;
		await forget(world.ledger, { id: lead.id });
		await link(lead, 987_654);
		// It is tried later and later.
		for (let day = 0; day < 6; day++) await world.run({ after: 24 * 3_600_000 });
		expect(await world.help()).toMatchObject([{ subject: `lead:${lead.id}` }]);
		expect(await world.everybody()).toHaveLength(before);
	});
});
