import { NoAnswer } from '../../../apis/wire/wire';
import { PEOPLE } from '../../../sync/operate/lanes';
import { resume } from '../../../sync/operate/resume';
import { retry } from '../../../sync/operate/retry';
import { syncAgain } from '../../../sync/operate/syncAgain';
import { unlink } from '../../../sync/operate/unlink';
import type { WhenPersonDeleted, WhenRowDeleted } from '../../../sync/mapping';
import { loseAnswer, type Bend } from '../support/line';
import type { Pair } from '../support/systems';
import { endClean, SyncWorld } from '../support/world';

endClean();

const loseCall: Bend = async () => {
	throw new NoAnswer('The connection was reset', 'maybe', 'ECONNRESET');
};
const LOST = [
	['takes effect', loseAnswer],
	['gets lost itself', loseCall],
] as const;
/** Somebody is faster than the call. */
const after =
	(act: () => Promise<unknown>): Bend =>
	async (request, send) => {
		await act();
		return await send(request);
	};

/** Until the log is certain (R34), and a run more. */
const QUARTER = 16 * 60_000;

const TABLES = ['lead', 'contact'] as const;

class Choices {
	world!: SyncWorld;
	async start(options = {}) {
		this.world = await SyncWorld.start(options);
	}
	row(whenRowDeleted?: WhenRowDeleted) {
		for (const table of TABLES) this.world.mapping[table].whenRowDeleted = whenRowDeleted;
	}
	person(whenPersonDeleted?: WhenPersonDeleted) {
		for (const table of TABLES) this.world.mapping[table].whenPersonDeleted = whenPersonDeleted;
	}
	/** A row that is back under its id, as Dynamics restores it. */
	async restore({ table, id }: Pair, values: object) {
		await this.world.crm.create(`${table}s`, { [`${table}id`]: id, lastname: 'Back', ...values });
	}
}

describe('R29: a lead or contact that is deleted in Dynamics', () => {
	const on = new Choices();
	beforeAll(async () => await on.start());
	const people = async (email: string) =>
		await on.world.automation.people('email', [email], ['id', 'title', 'microsoftIsDeleted']);

	it.each(TABLES)(
		'%s: its person is deleted as well, once, and the echo ends nothing',
		async (table) => {
			on.row('delete');
			const pair = await on.world.pair(table);
			await on.world.deleteRow(pair);
			const { receipts, writes } = await on.world.run();
			expect(receipts).toMatchObject([{ outcome: 'written', table: 'person' }]);
			expect(writes).toHaveLength(1);
			expect(await on.world.person(pair)).toBeNull();
			for (const run of await on.world.runs(3)) expect([run.writes, run.pages]).toEqual([[], 1]);
			expect(await on.world.help()).toEqual([]);
			expect((await on.world.explain(pair)).summary).toMatch('was deleted in Dynamics');
		},
	);

	it.each(TABLES)(
		'%s: its person is left alone, and goes on where it stopped once it is restored',
		async (table) => {
			on.row('ignore');
			const email = `${table}.ignored@example.com`;
			const pair = await on.world.pair(table, { emailaddress1: email, address1_city: 'Lund' });
			await on.world.deleteRow(pair);
			expect((await on.world.run()).writes).toEqual([]);
			expect(await on.world.person(pair)).toMatchObject({ microsoftIsDeleted: false });
			expect((await on.world.explain(pair)).summary).not.toMatch('is marked');
			await on.world.editPerson(pair, { city: 'Bergen' });
			await on.restore(pair, { emailaddress1: email, address1_city: 'Lund' });
			await on.world.runs(2);
			expect(await on.world.row(pair)).toMatchObject({ address1_city: 'Bergen' });
			await on.world.expectSynced(pair);
		},
	);

	it.each(TABLES)(
		'%s: its person is unlinked: unmarked, and met as for the first time once it is restored',
		async (table) => {
			on.row('unlink');
			const email = `${table}.unlinked@example.com`;
			const pair = await on.world.pair(table, { emailaddress1: email, jobtitle: 'Clerk' });
			await on.world.deleteRow(pair);
			expect((await on.world.run()).writes).toEqual([]);
			expect(await on.world.person(pair)).toMatchObject({ microsoftIsDeleted: false });
			await on.restore(pair, { emailaddress1: email, jobtitle: 'Chief' });
			const [back] = await on.world.runs(2);
			expect(back!.conflicts.map(({ base }) => base)).toEqual(['unset', 'unset']);
			expect(await on.world.pairs()).toContainEqual(pair);
		},
	);

	it('comes back after its person was deleted with it: a new one is created', async () => {
		on.row('delete');
		const email = 'comes.back@example.com';
		const lead = await on.world.pair('lead', { emailaddress1: email });
		await on.world.deleteRow(lead);
		await on.world.runs(2);
		await on.restore(lead, { emailaddress1: email, jobtitle: 'Reader' });
		await on.world.runs(2);
		expect(await people(email)).toMatchObject([{ title: 'Reader' }]);
		expect((await on.world.run()).writes).toEqual([]);
	});

	it('comes back before its person was deleted: nobody is deleted', async () => {
		on.row('delete');
		const email = 'in.time@example.com';
		const lead = await on.world.pair('lead', { emailaddress1: email });
		await on.world.deleteRow(lead);
		on.world.bend('marketo', /delete\.json/, loseCall);
		await on.world.run();
		await on.restore(lead, { emailaddress1: email, jobtitle: 'Reader' });
		await on.world.runs(3);
		expect(await on.world.person(lead)).toMatchObject({ title: 'Reader' });
		await on.world.expectSynced(lead);
	});

	it('while its person was edited: they stay, and a person is asked, who may delete them all the same', async () => {
		on.row('delete');
		const lead = await on.world.pair('lead', { jobtitle: 'Clerk' });
		await on.world.editPerson(lead, { title: 'Chief' });
		await on.world.deleteRow(lead);
		expect((await on.world.run()).writes).toEqual([]);
		expect(await on.world.help()).toMatchObject([{ subject: `lead:${lead.id}` }]);
		expect((await on.world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		await retry(on.world.ledger, { id: lead.id });
		await on.world.run();
		expect(await on.world.person(lead)).toBeNull();
		await on.world.run();
		expect(await on.world.help()).toEqual([]);
	});

	it('while its person was edited: Unlink keeps them', async () => {
		on.row('delete');
		const lead = await on.world.pair('lead', { jobtitle: 'Clerk' });
		await on.world.editPerson(lead, { title: 'Chief' });
		await on.world.deleteRow(lead);
		await on.world.run();
		await unlink(on.world.ledger, { id: lead.id });
		expect((await on.world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		expect(await on.world.person(lead)).toMatchObject({ title: 'Chief' });
		expect(await on.world.help()).toEqual([]);
	});

	it('with a lead behind it that takes its place: the person stays, with that one', async () => {
		on.row('delete');
		const email = 'takes.its.place@example.com';
		const contact = await on.world.pair('contact', { emailaddress1: email });
		const id = await on.world.newRow('lead', { emailaddress1: email });
		await on.world.run();
		await on.world.deleteRow(contact);
		await on.world.runs(3);
		expect(await on.world.person(contact)).toMatchObject({ dynamicsLeadId: id });
		await on.world.expectSynced({ ...contact, table: 'lead', id });
	});

	it('whose person somebody has deleted already: nothing is left to be done', async () => {
		on.row('delete');
		const lead = await on.world.pair('lead');
		await on.world.deletePerson(lead);
		await on.world.deleteRow(lead);
		for (const { writes } of await on.world.runs(2)) expect(writes).toEqual([]);
		expect(await on.world.help()).toEqual([]);
	});

	it('and whose person is gone when they are to be deleted: that is as good', async () => {
		on.row('delete');
		const lead = await on.world.pair('lead');
		await on.world.deleteRow(lead);
		on.world.bend(
			'marketo',
			/delete\.json/,
			after(async () => await on.world.deletePerson(lead)),
		);
		const { receipts } = await on.world.run();
		expect(receipts).toMatchObject([{ outcome: 'written' }]);
		for (const { writes } of await on.world.runs(2)) expect(writes).toEqual([]);
		expect(await on.world.help()).toEqual([]);
	});

	it.each(LOST)('whose delete got no answer (it %s): it is repeated or seen', async (_, how) => {
		on.row('delete');
		const lead = await on.world.pair('lead');
		await on.world.deleteRow(lead);
		on.world.bend('marketo', /delete\.json/, how);
		await on.world.run();
		await on.world.run({ after: QUARTER });
		await on.world.runs(3);
		expect(await on.world.person(lead)).toBeNull();
		expect(await on.world.help()).toEqual([]);
		expect((await on.world.run()).writes).toEqual([]);
	});

	it('R54: that the filter leaves out deletes nobody: its person is marked, as ever', async () => {
		on.row('delete');
		const lead = await on.world.pair('lead', { jobtitle: 'Clerk' });
		on.world.filter = {
			tables: {
				lead: {
					conditions: [{ column: 'jobtitle', operator: 'ne', value: 'Clerk' }],
					match: 'all',
				},
			},
			heedsColumn: true,
			whenLeft: 'leave',
		};
		await on.world.runs(2);
		await on.world.deleteRow(lead);
		await on.world.runs(2);
		on.world.filter = undefined;
		expect(await on.world.person(lead)).toMatchObject({ microsoftIsDeleted: true });
		await on.world.runs(2);
	});

	it('what was not chosen yet when it happened is not made up for', async () => {
		on.row();
		const lead = await on.world.pair('lead');
		await on.world.deleteRow(lead);
		await on.world.run();
		on.row('delete');
		await on.world.dynamics.expire('deltaToken');
		await on.world.runs(3);
		expect(await on.world.person(lead)).toMatchObject({ microsoftIsDeleted: true });
	});
});

describe('R29: a person who is deleted in Marketo', () => {
	const on = new Choices();
	beforeAll(async () => await on.start());
	const statecode = async (pair: Pair) => (await on.world.row(pair))?.statecode;

	it.each([
		['lead', 2],
		['contact', 1],
	] as const)(
		'a %s is deactivated, once; whoever activates it again has a new person created',
		async (table, closed) => {
			on.person('deactivate');
			const email = `${table}.closed@example.com`;
			const pair = await on.world.pair(table, { emailaddress1: email });
			await on.world.deletePerson(pair);
			expect((await on.world.run()).writes).toEqual([]);
			expect(await statecode(pair)).toBe(0);
			expect((await on.world.explain(pair)).summary).toMatch('follows as chosen');
			const { receipts } = await on.world.run({ after: QUARTER });
			expect(receipts).toMatchObject([{ outcome: 'written', table }]);
			expect(await statecode(pair)).toBe(closed);
			for (const { writes } of await on.world.runs(3)) expect(writes).toEqual([]);
			expect(await on.world.help()).toEqual([]);
			await on.world.editRow(pair, { statecode: 0 });
			await on.world.runs(2);
			expect(await on.world.automation.people('email', [email], ['id'])).toHaveLength(1);
			expect(await statecode(pair)).toBe(0);
			expect((await on.world.run({ after: QUARTER })).writes).toEqual([]);
		},
	);

	it.each(TABLES)('a %s is deleted, once; restored, it gets a new person', async (table) => {
		on.person('delete');
		const email = `${table}.deleted@example.com`;
		const pair = await on.world.pair(table, { emailaddress1: email });
		await on.world.deletePerson(pair);
		await on.world.run();
		await on.world.run({ after: QUARTER });
		expect(await on.world.row(pair)).toBeNull();
		for (const { writes } of await on.world.runs(3)) expect(writes).toEqual([]);
		await on.restore(pair, { emailaddress1: email });
		await on.world.runs(2);
		expect(await on.world.automation.people('email', [email], ['id'])).toHaveLength(1);
		expect((await on.world.run({ after: QUARTER })).writes).toEqual([]);
		expect(await on.world.row(pair)).not.toBeNull();
	});

	it.each(TABLES)('a %s is unlinked: nobody is created for any edit', async (table) => {
		on.person('unlink');
		const email = `${table}.apart@example.com`;
		const pair = await on.world.pair(table, { emailaddress1: email });
		await on.world.deletePerson(pair);
		await on.world.run();
		await on.world.editRow(pair, { jobtitle: 'At once' });
		await on.world.run();
		await on.world.run({ after: QUARTER });
		await on.world.editRow(pair, { jobtitle: 'Later' });
		for (const { writes } of await on.world.runs(2)) expect(writes).toEqual([]);
		expect((await on.world.explain(pair)).summary).toMatch('was unlinked');
	});

	it.each(['deactivate', 'delete'] as const)(
		'an edit of its lead wins over "%s": a new person is created',
		async (choice) => {
			on.person(choice);
			const email = `${choice}.edited@example.com`;
			const lead = await on.world.pair('lead', { emailaddress1: email });
			await on.world.deletePerson(lead);
			await on.world.run();
			await on.world.editRow(lead, { jobtitle: 'Reader' });
			await on.world.run();
			await on.world.run({ after: QUARTER });
			expect(await on.world.row(lead)).toMatchObject({ statecode: 0, jobtitle: 'Reader' });
			expect(await on.world.automation.people('email', [email], ['title'])).toMatchObject([
				{ title: 'Reader' },
			]);
		},
	);

	it('an edit in the very moment of the delete wins, too', async () => {
		on.person('delete');
		const email = 'very.moment@example.com';
		const lead = await on.world.pair('lead', { emailaddress1: email });
		await on.world.deletePerson(lead);
		await on.world.run();
		on.world.bend(
			'dynamics',
			/DELETE/,
			after(async () => await on.world.editRow(lead, { jobtitle: 'Reader' })),
		);
		await on.world.run({ after: QUARTER });
		await on.world.runs(2);
		expect(await on.world.automation.people('email', [email], ['title'])).toMatchObject([
			{ title: 'Reader' },
		]);
	});

	it.each(LOST)(
		'a delete in Dynamics without an answer (it %s) is repeated or seen',
		async (_, how) => {
			on.person('delete');
			const lead = await on.world.pair('lead');
			await on.world.deletePerson(lead);
			await on.world.run();
			on.world.bend('dynamics', /DELETE/, how);
			await on.world.run({ after: QUARTER });
			await on.world.runs(4);
			expect(await on.world.row(lead)).toBeNull();
			expect(await on.world.help()).toEqual([]);
		},
	);

	it.each(LOST)('deactivating without an answer (it %s), likewise', async (_, how) => {
		on.person('deactivate');
		const contact = await on.world.pair('contact');
		await on.world.deletePerson(contact);
		await on.world.run();
		on.world.bend('dynamics', /PATCH/, how);
		await on.world.run({ after: QUARTER });
		await on.world.runs(4);
		expect(await statecode(contact)).toBe(1);
		expect((await on.world.run()).writes).toEqual([]);
	});

	it('who was merged into somebody else lives on: nothing follows', async () => {
		on.person('delete');
		const [lead, other] = [
			await on.world.pair('lead'),
			await on.world.newPerson({ lastName: 'Stays' }),
		];
		await on.world.mergePeople({ person: other }, lead);
		await on.world.run();
		await on.world.run({ after: QUARTER });
		expect(await on.world.row(lead)).toMatchObject({ statecode: 0 });
		await on.world.expectSynced({ ...lead, person: other });
	});

	it('whose lead somebody asks to be synced before it follows: a new person is created', async () => {
		on.person('delete');
		const lead = await on.world.pair('lead', { emailaddress1: 'asked.for@example.com' });
		await on.world.deletePerson(lead);
		await on.world.run();
		await syncAgain(on.world.ledger, { id: lead.id });
		await on.world.run();
		await on.world.run({ after: QUARTER });
		expect(await on.world.row(lead)).toMatchObject({ statecode: 0 });
		expect(
			await on.world.automation.people('email', ['asked.for@example.com'], ['id']),
		).toHaveLength(1);
	});

	it('whose row a campaign links with somebody else in the last moment: that stays', async () => {
		on.person('delete');
		const email = 'last.moment@example.com';
		const contact = await on.world.pair('contact', { emailaddress1: email });
		await on.world.deletePerson(contact);
		await on.world.run();
		const person = await on.world.newPerson({ email, lastName: 'New' });
		on.world.bend(
			'dynamics',
			/DELETE/,
			after(async () => void (await on.world.campaign([{ person }]))),
		);
		await on.world.run({ after: QUARTER });
		await on.world.runs(3);
		// Either the contact went first and the campaign made another one, or it has the person now.
		const pairs = await on.world.pairs();
		expect(pairs.filter((one) => one.person === person).length).toBeLessThanOrEqual(1);
		expect(await on.world.help()).toEqual([]);
		await on.world.campaign();
		await on.world.runs(2);
	});

	it('R54: whose row the filter leaves out before it follows: that stays as it is, too', async () => {
		on.person('delete');
		const contact = await on.world.pair('contact', { jobtitle: 'Cook' });
		await on.world.deletePerson(contact);
		await on.world.run();
		on.world.filter = {
			tables: {
				contact: {
					conditions: [{ column: 'jobtitle', operator: 'ne', value: 'Cook' }],
					match: 'all',
				},
			},
			heedsColumn: true,
			whenLeft: 'leave',
		};
		await on.world.run({ after: QUARTER });
		await on.world.runs(2);
		expect(await on.world.row(contact)).toMatchObject({ statecode: 0 });
		on.world.filter = undefined;
		await on.world.runs(2);
		expect(await on.world.row(contact)).toMatchObject({ statecode: 0 });
	});

	it('R54: whose row the filter leaves out: that stays as it is', async () => {
		on.person('delete');
		const contact = await on.world.pair('contact', { jobtitle: 'Clerk' });
		on.world.filter = {
			tables: {
				contact: {
					conditions: [{ column: 'jobtitle', operator: 'ne', value: 'Clerk' }],
					match: 'all',
				},
			},
			heedsColumn: true,
			whenLeft: 'leave',
		};
		await on.world.runs(2);
		await on.world.deletePerson(contact);
		await on.world.run();
		await on.world.run({ after: QUARTER });
		expect(await on.world.row(contact)).toMatchObject({ statecode: 0 });
		on.world.filter = undefined;
		await on.world.runs(2);
	});
});

describe('R35: many deletes that another record is to follow', () => {
	const on = new Choices();
	beforeEach(async () => await on.start());

	it.each(['row', 'person'] as const)(
		'of every %s stop the sync before any of them is followed, and go on by the number',
		async (which) => {
			const { world } = on;
			on.row('delete');
			on.person('delete');
			for (let one = 0; one < 60; one++)
				await world.newRow('lead', {
					lastname: `Lead ${one}`,
					emailaddress1: `l${one}@example.com`,
				});
			await world.runs(2);
			const pairs = await world.pairs();
			for (const pair of pairs)
				await (which === 'row' ? world.deleteRow(pair) : world.deletePerson(pair));
			const { writes } = await world.run();
			await world.run({ after: QUARTER });
			expect(writes).toEqual([]);
			expect(JSON.stringify(await world.status())).toMatch(/60 were deleted in one run/);
			expect(await world.everybody()).toHaveLength(which === 'row' ? 60 : 0);
			await resume(world.ledger, PEOPLE, { allowDeletes: 60 });
			await world.run();
			await world.run({ after: QUARTER });
			await world.runs(2);
			expect(await world.everybody()).toHaveLength(0);
			for (const pair of pairs.slice(0, 3)) expect(await world.row(pair)).toBeNull();
		},
	);

	it('are counted over the pages of a run: those of the first page are not followed, either', async () => {
		const { world } = on;
		on.row('delete');
		const made = async (table: 'lead' | 'contact', many: number) => {
			for (let one = 0; one < many; one++)
				await world.newRow(table, {
					lastname: `${table} ${one}`,
					emailaddress1: `${table}${one}@example.com`,
				});
		};
		// More than a page has.
		await made('contact', 1_250);
		await made('lead', 45);
		await world.runs(2);
		const [contacts, leads] = [await world.pairs('contact'), await world.pairs('lead')];
		for (const pair of contacts.slice(0, 45)) await world.deleteRow(pair);
		for (const pair of contacts.slice(45)) await world.editRow(pair, { jobtitle: 'Moved' });
		for (const pair of leads) await world.deleteRow(pair);
		const { pages, writes } = await world.run();
		expect(pages).toBeGreaterThan(1);
		expect(writes.filter((call) => call.includes('delete'))).toEqual([]);
		expect(await world.everybody()).toHaveLength(1_295);
		expect(JSON.stringify(await world.status())).toMatch(/90 were deleted in one run/);
		// Whoever thinks better of it has nobody deleted.
		on.row('ignore');
		await resume(world.ledger, PEOPLE, { allowDeletes: 90 });
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(1_295);
	}, 240_000);
});
