import type { Person } from '../vendors/marketo';
import type { LedgerView, Link } from './ledgerFile';
import { TABLES, type Table } from './mapping';
import { emailOf, FILTER_COLUMN, LINK_FIELDS, type Systems } from './systems';

/** Something that is wrong beside the fields: who is tied to whom, what is left over. */
export interface Problem {
	/** `lead:<id>`, `contact:<id>` or `person:<id>`; in other lanes with the lane before it. */
	record: string;
	problem: string;
}

/** How the ledger's queue names the row of a link. */
export const subject = ({ table, dynamicsId }: Link<string>) => `${table}:${dynamicsId}`;

const idIn = (person: Person, field: string) =>
	String((person[field] as string | null) ?? '')
		.trim()
		.toLowerCase();

const second = (value: unknown) => Date.parse(String(value as string)) / 1000;

/** What the person of an active link has to say about its record. */
function* checkPerson(link: Link, person: Person, createdOn: unknown): Generator<string> {
	const { table, dynamicsId } = link;
	const stored = idIn(person, LINK_FIELDS[table]);
	if (stored !== dynamicsId) yield `its person ${person.id} carries the id '${stored}'`;
	const type = table === 'lead' ? 'Lead' : 'Contact';
	if (person.microsoftType !== type) {
		yield `its person ${person.id} has Microsoft Type '${String(person.microsoftType)}'`;
	}
	if (Math.floor(second(person.microsoftCreatedDate)) !== Math.floor(second(createdOn))) {
		yield `its person ${person.id} has Microsoft Created Date ${String(person.microsoftCreatedDate)}, not ${String(createdOn)}`;
	}
	if (person.microsoftIsDeleted === true) yield `its person ${person.id} is marked as deleted`;
}

function* checkLinks(
	{ links, needHelp }: LedgerView,
	{ rows, people }: Systems,
): Generator<Problem> {
	for (const link of links) {
		const isOwed = link.deletion === 'counting' || link.deletion === 'counted';
		if (isOwed && !needHelp.has(subject(link)))
			yield { record: subject(link), problem: 'was deleted, and the other record did not follow' };
	}
	const partners = new Map<string, string>();
	for (const link of links.filter(({ state }) => state === 'active')) {
		const record = subject(link);
		const row = rows[link.table].get(link.dynamicsId);
		const person = people.get(link.marketoId ?? '');
		if (!row) yield { record, problem: 'is linked but not in Dynamics' };
		if (!person) {
			yield { record, problem: `is linked with person ${link.marketoId}, who is not in Marketo` };
			continue;
		}
		const before = partners.get(link.marketoId!);
		if (before) yield { record, problem: `shares person ${link.marketoId} with ${before}` };
		partners.set(link.marketoId!, record);
		if (!row) continue;
		for (const problem of checkPerson(link, person, row.createdon)) yield { record, problem };
	}
}

/** Every row of Dynamics is somebody in Marketo, or it is known why not. */
function* checkRows(ledger: LedgerView, { rows }: Systems): Generator<Problem> {
	const links = new Map(ledger.links.map((link) => [subject(link), link]));
	const settled = new Set(['active', 'secondary', 'goneInMarketo', 'apart']);
	for (const table of TABLES) {
		for (const [id, row] of rows[table]) {
			const record = `${table}:${id}`;
			if (ledger.needHelp.has(record)) continue;
			const state = links.get(record)?.state;
			if (row[FILTER_COLUMN] === false) {
				if (state === 'active')
					yield { record, problem: 'is linked, but the filter leaves it out' };
				continue;
			}
			if (row._masterid_value) {
				if (state === 'active') yield { record, problem: 'was merged in Dynamics, and is linked' };
				continue;
			}
			if (state === undefined) yield { record, problem: 'was not taken up' };
			else if (!settled.has(state))
				yield { record, problem: `is in Dynamics, but the link is ${state}` };
		}
	}
}

/** One row, one person. */
function* checkTwins({ people }: Systems, ledger: LedgerView): Generator<Problem> {
	for (const table of TABLES) {
		const carriers = new Map<string, number[]>();
		for (const person of people.values()) {
			const id = idIn(person, LINK_FIELDS[table]);
			if (id) carriers.set(id, [...(carriers.get(id) ?? []), person.id]);
		}
		for (const [id, ids] of carriers) {
			if (ids.length > 1)
				yield { record: `${table}:${id}`, problem: `stands on people ${ids.join(', ')}` };
		}
	}
	const byEmail = new Map<string, Person[]>();
	for (const person of people.values()) {
		const email = emailOf(person);
		if (email) byEmail.set(email, [...(byEmail.get(email) ?? []), person]);
	}
	for (const sharing of byEmail.values()) {
		sharing.sort((one, other) => one.id - other.id);
		// The first of them may be the sync's own: somebody else came later.
		for (const person of sharing.slice(1)) {
			if (!ledger.made.has(String(person.id))) continue;
			const others = sharing.filter(({ id }) => id !== person.id).map(({ id }) => id);
			yield {
				record: `person:${person.id}`,
				problem: `was made although ${others.join(', ')} had the same e-mail address`,
			};
		}
	}
}

const FINGERPRINT = /^[A-Za-z0-9_-]{11}$/;

/** A fingerprint takes eight bytes; shorter values may stand in some by chance. */
const TELLING = { from: 5, to: 8 };

/** Both sides of a link: what of it must not stand in the ledger. */
type ValuesOf = (link: Link<string>) => Record<string, unknown>;

/** Names of the columns and fields whose value stands in the link itself. */
const keptValues = (link: Link<string>, valuesOf: ValuesOf) =>
	Object.entries(valuesOf(link))
		.filter(([, value]) => typeof value === 'string' && value.length >= TELLING.from)
		.filter(([, value]) => link.bases.includes((value as string).slice(0, TELLING.to)))
		.map(([name]) => name);

/** Nothing is under way, and no value of a person is kept where only fingerprints belong. */
export function* checkLedger(ledger: LedgerView<string>, valuesOf: ValuesOf): Generator<Problem> {
	const names = new Map(ledger.links.map((link) => [link.id, subject(link)]));
	for (const { link, side, state } of ledger.left) {
		const record = names.get(link) ?? `link ${link}`;
		yield { record, problem: `has a write to ${side} left over as ${state}` };
	}
	for (const record of ledger.due) {
		if (!ledger.needHelp.has(record)) yield { record, problem: 'is still due' };
	}
	for (const link of ledger.links) {
		for (const name of keptValues(link, valuesOf))
			yield { record: subject(link), problem: `keeps the value of ${name} itself` };
	}
	for (const text of ledger.plannedFields) {
		const fields = JSON.parse(text) as Record<string, Planned>;
		for (const [name, planned] of Object.entries(fields)) {
			const kept = [planned.new, planned.old, planned.source?.value].filter((one) => one != null);
			if (kept.every((one) => FINGERPRINT.test(String(one)))) continue;
			yield { record: 'plan', problem: `keeps something else than a fingerprint of ${name}` };
		}
	}
}

interface Planned {
	new: unknown;
	old: unknown;
	source: { value: unknown } | null;
}

/** Everything that is to be checked beside the values of fields. */
export const structureProblems = (ledger: LedgerView, systems: Systems): Problem[] => [
	...checkLinks(ledger, systems),
	...checkRows(ledger, systems),
	...checkTwins(systems, ledger),
	...checkLedger(ledger, ({ table, dynamicsId, marketoId }) => ({
		...systems.rows[table as Table].get(dynamicsId),
		...systems.people.get(marketoId ?? ''),
	})),
];
