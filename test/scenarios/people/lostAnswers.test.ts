import { NoAnswer } from '../../../apis/wire/wire';
import { syncNow } from '../../../sync/schedule/runs';
import { PEOPLE } from '../../../sync/operate/lanes';
import { loseAnswer, type Bend } from '../support/line';
import { SyncWorld } from '../support/world';

/** The call never gets there, and nobody can tell. */
const loseCall: Bend = async () => {
	throw new NoAnswer('The connection was reset', 'maybe', 'ECONNRESET');
};

const badGateway: Bend = async () => ({ status: 502, headers: {}, body: '' });

const WRITE_ROWS = 'PATCH';
const WRITE_PEOPLE = 'POST leads.json';

describe('a write whose answer is lost', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));
	afterEach(async () => void (await world.expectClean()));

	it('R15, R17: of a person is settled by what is seen there: written once, no conflict, nothing left waiting', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		world.bend('marketo', WRITE_PEOPLE, loseAnswer);
		const { receipts, conflicts } = await world.run();
		expect(receipts).toMatchObject([{ side: 'marketo', outcome: 'unknown' }]);
		const later = await world.runs(3);
		expect(later.flatMap(({ writes }) => writes)).toEqual([]);
		expect([...conflicts, ...later.flatMap((run) => run.conflicts)]).toEqual([]);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Reader' },
			person: { title: 'Reader' },
		});
		expect(await world.status()).toMatchObject({ waiting: 0, needHelp: 0 });
	});

	it('R17: of a person is not sent again while it may still arrive, however often the sync runs', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		world.bend('marketo', WRITE_PEOPLE, loseCall);
		await world.run();
		for (let minute = 1; minute <= 2; minute++) {
			await syncNow(world.ledger, PEOPLE);
			expect(await world.run({ after: 60_000 })).toMatchObject({ outcome: 'done', writes: [] });
		}
		const later = await world.runs(3);
		expect(later.flatMap(({ writes }) => writes)).toEqual(['POST leads.json']);
		expect(later.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ title: 'Reader' });
	});

	it('R15: of a person is known to have arrived also where its source has gone back to its old value', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		world.bend('marketo', WRITE_PEOPLE, loseAnswer);
		await world.run();
		await world.editRow(lead, { jobtitle: 'Clerk' });
		const runs = await world.runs(3);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'Clerk' },
		});
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
	});

	it("R15: of a person, and a user's edit after it: the edit stands, and nothing is a conflict (A13)", async () => {
		for (const table of ['lead', 'contact'] as const) {
			const pair = await world.pair(table, { jobtitle: 'Clerk' });
			await world.editRow(pair, { jobtitle: 'Reader' });
			world.bend('marketo', WRITE_PEOPLE, loseAnswer);
			await world.run();
			await world.editPerson(pair, { title: 'By a user' });
			const runs = await world.runs(3);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'By a user' },
				person: { title: 'By a user' },
			});
			expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		}
	});

	it("R15: of a person that got lost itself, and a user's edit after it: both were edited, the policy decides", async () => {
		const contact = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.editRow(contact, { jobtitle: 'Reader' });
		world.bend('marketo', WRITE_PEOPLE, loseCall);
		await world.run();
		await world.editPerson(contact, { title: 'By a user' });
		const runs = await world.runs(3);
		expect(await world.both(contact)).toMatchObject({
			row: { jobtitle: 'Reader' },
			person: { title: 'Reader' },
		});
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ base: 'known', winner: 'dynamics', marketoValue: 'By a user' },
		]);
	});

	it.each(['lead', 'contact'] as const)(
		"R15: of a row, and a user's edit of the %s after it: the edit stands, no conflict where another column proves that it came after (A13)",
		async (table) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk', telephone1: '+1 100' });
			await world.editPerson(pair, { title: 'Reader', phone: '+1 200' });
			world.bend('dynamics', WRITE_ROWS, loseAnswer);
			await world.run();
			await world.editRow(pair, { jobtitle: 'By a user' });
			const runs = await world.runs(3);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'By a user', telephone1: '+1 200' },
				person: { title: 'By a user', phone: '+1 200' },
			});
			expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		},
	);

	it("R15: of a row, and a user's edit of all that was written: it stands, on record since nothing proves that it came after (A13)", async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editPerson(lead, { title: 'Reader' });
		world.bend('dynamics', WRITE_ROWS, loseAnswer);
		await world.run();
		await world.editRow(lead, { jobtitle: 'By a user' });
		const runs = await world.runs(3);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'By a user' },
			person: { title: 'By a user' },
		});
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ base: 'unset', winner: 'dynamics', marketoValue: 'Reader' },
		]);
	});

	it.each(['lead', 'contact'] as const)(
		'R15: of a %s that got lost itself, and another column is edited by somebody else: it is written again, and nothing is a conflict (A13)',
		async (table) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk', telephone1: '+1 100' });
			await world.editPerson(pair, { title: 'Reader' });
			world.bend('dynamics', WRITE_ROWS, loseCall);
			await world.run();
			await world.editRow(pair, { telephone1: '+1 300' });
			const runs = await world.runs(3);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Reader', telephone1: '+1 300' },
				person: { title: 'Reader', phone: '+1 300' },
			});
			expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		},
	);

	it("R15: of a row that got lost itself, and a user's edit of one of its columns: both were edited, the policy decides", async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk', telephone1: '+1 100' });
		await world.editPerson(lead, { title: 'Reader', phone: '+1 200' });
		world.bend('dynamics', WRITE_ROWS, loseCall);
		await world.run();
		await world.editRow(lead, { jobtitle: 'By a user' });
		const runs = await world.runs(3);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Reader', telephone1: '+1 200' });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ base: 'known', winner: 'marketo', dynamicsValue: 'By a user' },
		]);
	});

	it.each([
		['takes effect', loseAnswer],
		['gets lost itself', loseCall],
	])('R15: of a row that %s is there in the end, without a conflict', async (_, bend) => {
		const contact = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.editPerson(contact, { title: 'Reader' });
		world.bend('dynamics', WRITE_ROWS, bend);
		const runs = await world.runs(3);
		expect(await world.both(contact)).toMatchObject({
			row: { jobtitle: 'Reader' },
			person: { title: 'Reader' },
		});
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		expect(await world.status()).toMatchObject({ waiting: 0, needHelp: 0 });
	});

	it.each([
		['takes effect', loseAnswer],
		['gets lost itself', loseCall],
		['is answered with 502', badGateway],
	])(
		'R23: of new people, with an e-mail address and without, that %s makes each of them once',
		async (_, bend) => {
			const lastname = `Once ${world.clock.now()}`;
			const ids = [
				await world.newRow('lead', { lastname, emailaddress1: `${world.clock.now()}@example.com` }),
				await world.newRow('lead', { lastname }),
			];
			world.bend('marketo', WRITE_PEOPLE, bend, 2);
			await world.runs(4);
			const people = (await world.everybody()).filter(({ lastName }) => lastName === lastname);
			expect(people.map(({ dynamicsLeadId }) => dynamicsLeadId).sort()).toEqual(ids.sort());
			expect(await world.status()).toMatchObject({ waiting: 0, needHelp: 0 });
		},
	);
});

describe('n8n is killed', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));
	afterEach(async () => void (await world.expectClean()));

	it.each([
		['before rows are written', 'dynamics', WRITE_ROWS, false],
		['when rows are written, before that is known', 'dynamics', WRITE_ROWS, true],
		['between the two updates', 'marketo', WRITE_PEOPLE, false],
		['when people are written, before that is known', 'marketo', WRITE_PEOPLE, true],
		['when a person is made, before that is known', 'marketo', 'createOnly', true],
	] as const)(
		'%s: after its return everything is done once',
		async (_, system, match, takesEffect) => {
			const [lead, contact] = [
				await world.pair('lead', { jobtitle: 'Clerk' }),
				await world.pair('contact', { jobtitle: 'Clerk' }),
			];
			await world.editRow(lead, { jobtitle: 'Here' });
			await world.editPerson(contact, { title: 'There' });
			const email = `made${world.clock.now()}@example.com`;
			const made = await world.newRow('lead', { emailaddress1: email });
			world.bend(system, match, async (request, send) => {
				if (takesEffect) await send(request);
				return await world.killN8n();
			});
			expect((await world.run()).outcome).toBe('n8n was killed');
			const runs = await world.runs(3);
			expect(runs.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
			expect(await world.both(lead)).toMatchObject({
				row: { jobtitle: 'Here' },
				person: { title: 'Here' },
			});
			expect(await world.both(contact)).toMatchObject({
				row: { jobtitle: 'There' },
				person: { title: 'There' },
			});
			expect((await world.everybody()).filter((person) => person.email === email)).toMatchObject([
				{ dynamicsLeadId: made },
			]);
			expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		},
	);
});
