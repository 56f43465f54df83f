import { CannotDo } from '../../../sync/cannotDo';
import { forget } from '../../../sync/operate/forget';
import { linkByHand } from '../../../sync/operate/linkByHand';
import { syncAgain } from '../../../sync/operate/syncAgain';
import { unlink } from '../../../sync/operate/unlink';
import type { Pair } from '../support/systems';
import { endClean, SyncWorld } from '../support/world';

endClean();

describe('R27: a record that somebody unlinks from its person', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	const cut = async ({ id }: Pick<Pair, 'id'>) => await unlink(world.ledger, { id });

	it.each(['lead', 'contact'] as const)(
		'%s: both keep all they have, nothing passes between them, and the same e-mail does not link them again',
		async (table) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk', address1_city: 'Lund' });
			const before = await world.both(pair);
			await cut(pair);
			expect((await world.run()).writes).toEqual([]);
			expect(await world.both(pair)).toEqual(before);
			await world.editRow(pair, { jobtitle: 'Chief' });
			await world.editPerson(pair, { city: 'Bergen' });
			for (const { writes, conflicts } of await world.runs(3))
				expect([writes, conflicts]).toEqual([[], []]);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Lund' },
				person: { title: 'Clerk', city: 'Bergen' },
			});
			expect(await world.help()).toEqual([]);
			const { summary } = await world.explain(pair);
			expect(summary).toMatch(`was unlinked from Marketo person ${pair.person}`);
			expect(summary).toMatch('choose Link by Hand');
		},
	);

	it('is linked again by hand, as at a first contact', async () => {
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		await cut(pair);
		await world.editRow(pair, { jobtitle: 'Chief' });
		await world.run();
		await linkByHand(world.ledger, { row: { id: pair.id }, person: String(pair.person) });
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([{ base: 'unset', winner: 'marketo' }]);
		expect(await world.pairs('lead')).toContainEqual(pair);
		await world.expectSynced(pair);
	});

	it('is linked by hand with somebody else: who still carries its ID is named, and once that is emptied a lost memory mixes nobody up', async () => {
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		const person = await world.newPerson({ email: 'the.right.one@example.com' });
		await cut(pair);
		const linked = await linkByHand(world.ledger, { row: { id: pair.id }, person: String(person) });
		expect(linked).toEqual({ record: `lead:${pair.id}`, before: String(pair.person) });
		await world.run();
		const ids = async () =>
			(await world.everybody())
				.filter(({ dynamicsLeadId }) => dynamicsLeadId === pair.id)
				.map(({ id }) => id);
		expect(await ids()).toEqual([pair.person, person]);
		await world.editPerson(pair, { dynamicsLeadId: null });
		expect((await world.run()).writes).toEqual([]);
		expect(await ids()).toEqual([person]);
		expect(await world.pairs('lead')).toContainEqual({ ...pair, person });
		await world.expectSynced({ ...pair, person });
	});

	it.each([
		['Sync Again', syncAgain],
		['Forget', forget],
	])('is matched again where somebody chooses %s', async (_, choose) => {
		const pair = await world.pair('contact');
		await cut(pair);
		await world.runs(2);
		await choose(world.ledger, { id: pair.id });
		await world.run();
		expect(await world.pairs('contact')).toContainEqual(pair);
		await world.expectSynced(pair);
	});

	it('makes way: the lead that stood behind a contact goes on with the person', async () => {
		const email = 'behind@example.com';
		const contact = await world.pair('contact', { emailaddress1: email });
		const id = await world.newRow('lead', { emailaddress1: email });
		await world.run();
		expect(await world.help()).toMatchObject([{ subject: `lead:${id}` }]);
		await cut(contact);
		await world.runs(2);
		expect(await world.pairs('lead')).toContainEqual({ ...contact, table: 'lead', id });
		expect(await world.help()).toEqual([]);
		await world.editRow(contact, { jobtitle: 'Elsewhere' });
		expect((await world.run()).writes).toEqual([]);
	});

	it('is that lead itself: nobody has to look at it any more, and the contact goes on', async () => {
		const email = 'another@example.com';
		const contact = await world.pair('contact', { emailaddress1: email });
		const id = await world.newRow('lead', { emailaddress1: email });
		await world.run();
		await cut({ id });
		await world.runs(2);
		expect(await world.help()).toEqual([]);
		await world.editRow({ table: 'lead', id }, { jobtitle: 'Another' });
		expect((await world.run()).writes).toEqual([]);
		await world.expectSynced(contact);
	});

	it('stays so where it is deleted, and restored: its person is not marked', async () => {
		const values = { lastname: 'Back', emailaddress1: 'unlinked@example.com' };
		const lead = await world.pair('lead', values);
		await cut(lead);
		await world.deleteRow(lead);
		await world.run();
		expect(await world.person(lead)).toMatchObject({ microsoftIsDeleted: false });
		await world.crm.create('leads', { ...values, leadid: lead.id, jobtitle: 'Reader' });
		expect((await world.run()).writes).toEqual([]);
		expect(await world.pairs()).not.toContainEqual(lead);
	});

	it('is told to a campaign that sends the person, and nobody is made a second time', async () => {
		const lead = await world.pair('lead');
		await cut(lead);
		const [told] = await world.campaign([{ person: lead.person }]);
		expect(told).toMatchObject({ outcome: 'failed', errorCode: 'UNLINKED' });
		expect(told!.remedy).toMatch('Link by Hand');
	});

	it('is refused for whom nobody is linked with, and for what goes one way', async () => {
		const lead = await world.pair('lead');
		await world.deleteRow(lead);
		await world.run();
		const refused = cut(lead);
		await expect(refused).rejects.toBeInstanceOf(CannotDo);
		await expect(refused).rejects.toThrow('is not linked with anybody');
		await expect(cut({ id: '00000000-0000-4000-8000-00000000dead' })).rejects.toThrow(
			'does not know',
		);
	});

	it('twice is no more than once', async () => {
		const lead = await world.pair('lead');
		await cut(lead);
		await cut({ id: String(lead.person) });
		expect((await world.run()).writes).toEqual([]);
	});
});
