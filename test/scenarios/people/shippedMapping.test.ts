import path from 'node:path';
import { readMapping, TABLES, type Table } from '../../auditor/mapping';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import { shippedMapping } from '../support/mapping';
import type { Run } from '../support/n8n';
import { SyncWorld } from '../support/world';

const IN_MARKETO: Record<string, string> = {
	firstname: 'firstName',
	jobtitle: 'title',
	telephone1: 'phone',
	address1_city: 'city',
	address1_country: 'country',
	description: 'mktoPersonNotes',
};
const OPT_OUTS: Record<string, string> = {
	donotphone: 'doNotCall',
	donotbulkemail: 'unsubscribed',
};

const lower = (value: unknown) => String((value as string | null) ?? '').toLowerCase();

/** A row that was linked with somebody who was in Marketo before, and the two afterwards. */
interface Adopted {
	before: Row;
	person: Person;
	row: Row;
	now: Person;
}

describe('the shipped mapping over the data of the twins', () => {
	let world: SyncWorld;
	let rowsBefore: Record<Table, Row[]>;
	let peopleBefore: Person[];
	let runs: Run[];
	const all: Adopted[] = [];

	const matches = (row: Row) =>
		peopleBefore.filter(({ email }) => email && lower(email) === lower(row.emailaddress1));

	beforeAll(async () => {
		world = await SyncWorld.start({
			leads: 120,
			contacts: 80,
			people: 80,
			mapping: await shippedMapping(),
		});
		rowsBefore = { lead: await world.crm.all('leads'), contact: await world.crm.all('contacts') };
		peopleBefore = await world.everybody();
		runs = await world.runs(4);
		const people = new Map((await world.everybody()).map((person) => [person.id, person]));
		for (const table of TABLES) {
			const linked = new Map((await world.pairs(table)).map((pair) => [pair.id, pair.person]));
			const rows = new Map(
				(await world.crm.all(`${table}s`)).map((row) => [row[`${table}id`], row]),
			);
			for (const before of rowsBefore[table]) {
				const [person, ...others] = matches(before);
				const id = String(before[`${table}id`]);
				if (!person || others.length > 0 || linked.get(id) !== person.id) continue;
				all.push({ before, person, row: rows.get(id)!, now: people.get(person.id)! });
			}
		}
	});

	it('links and fills everybody whom it can, and the auditor, who shares no code with the sync, finds nothing', async () => {
		const { pairs } = await world.expectClean(
			await readMapping(path.join(__dirname, '../../../workflows/people-sync.json')),
		);
		// All but one lead whose address two people have, and one whose address a contact has too.
		expect(pairs).toBe(198);
		expect(await world.help()).toHaveLength(2);
		expect((await world.run()).writes).toEqual([]);
	});

	it('links who has the same e-mail address, and makes nobody twice', async () => {
		expect(all.length).toBeGreaterThan(50);
		const made = (await world.everybody()).filter(
			({ id }) => !peopleBefore.some((one) => one.id === id),
		);
		const addresses = new Set(peopleBefore.map(({ email }) => lower(email)).filter(Boolean));
		expect(made.filter(({ email }) => addresses.has(lower(email)))).toEqual([]);
	});

	it('R26: never lets an empty value win, on either side', () => {
		let filled = 0;
		for (const { before, person, row, now } of all) {
			for (const [column, field] of Object.entries(IN_MARKETO)) {
				const [here, there] = [before[column] ?? '', person[field] ?? ''];
				if ((here === '') === (there === '')) continue;
				filled++;
				expect([row[column], now[field]]).toEqual([here || there, here || there]);
			}
		}
		expect(filled).toBeGreaterThan(50);
	});

	it('R26: keeps an opt-out, whichever side has it', () => {
		let kept = 0;
		for (const { before, person, row, now } of all) {
			for (const [column, field] of Object.entries(OPT_OUTS)) {
				const wanted = before[column] === true || person[field] === true;
				if (before[column] !== (person[field] ?? false)) kept++;
				expect([row[column], now[field] ?? false]).toEqual([wanted, wanted]);
			}
		}
		expect(kept).toBeGreaterThan(10);
	});

	it("R26: decides what differs as Adobe's sync does, and puts it on record", () => {
		const conflicts = runs.flatMap((run) => run.conflicts);
		let decided = 0;
		for (const { before, person, row, now } of all) {
			const [here, there] = [before.jobtitle, person.title];
			if (!here || !there || here === there) continue;
			decided++;
			const winner = before.leadid ? 'marketo' : 'dynamics';
			const stands = winner === 'marketo' ? there : here;
			expect([row.jobtitle, now.title]).toEqual([stands, stands]);
			expect(conflicts).toContainEqual(
				expect.objectContaining({
					dynamicsId: before.leadid ?? before.contactid,
					marketoId: String(person.id),
					base: 'unset',
					dynamicsValue: here,
					marketoValue: there,
					winner,
				}),
			);
		}
		expect(decided).toBeGreaterThan(10);
	});
});
