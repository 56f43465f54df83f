import type { RecordItem } from '../items';
import { twoWayOf } from '../lanes/definition';
import { changeLink, type Link } from '../ledger/links';
import { linkSubject, recordSubject, subjectOf } from '../ledger/subject';
import { account } from './accounts';
import { hasValues, type Page } from './page';
import { qualifiedAs } from './qualified';
import { isReserved } from './reserved';
import { tableOf } from './tables';
import { firstLook } from './waitForSight';

/** A row as it was read. */
type Standing = Pick<RecordItem, 'table' | 'values'>;

/** R49: closed, deactivated, or merged into another row. */
export function isInactive({ definition }: Pick<Page, 'definition'>, row: Standing): boolean {
	return Number(row.values[twoWayOf(definition).standing.state] ?? 0) !== 0;
}

/** Into which row of its table it was merged, as a subject. */
export function masterOf({ definition }: Pick<Page, 'definition'>, row: Standing): string | null {
	const id = row.values[twoWayOf(definition).standing.master];
	return id ? subjectOf(row.table, String(id).toLowerCase()) : null;
}

/** Whether the row is one that nothing is written to while it is closed; unread, by what is known of it. */
export function isClosed(page: Page, link: Link, row: Standing | null): boolean {
	const { keepsClosed } = tableOf(page, link.table).definition;
	return keepsClosed === true && (row ? isInactive(page, row) : link.isInactive);
}

/** The links of the page's rows say of each whether it is active. */
export async function noteStandings(page: Page): Promise<void> {
	for (const row of page.rows) {
		const link = page.known.links.get(recordSubject(row));
		const isIdle = isInactive(page, row);
		if (link && !row.deleted && link.isInactive !== isIdle)
			await changeLink(page.db, link, { isInactive: isIdle });
	}
}

/** The link says at which version its row was looked at last. */
export async function noteSeen(page: Page, link: Link, row: RecordItem): Promise<void> {
	await changeLink(page.db, link, {
		version: row.version ?? null,
		generation: page.generations.get(row.table) ?? link.generation,
	});
}

/** A row that was merged in Dynamics, or qualified, while it had a person, and the one that stays, who has nobody. */
export interface Merged {
	from: Link;
	into: RecordItem;
}

/** A row that was merged in Dynamics, or qualified, and the one that stays, where each is linked with a person. */
export interface MergedPair {
	from: Link;
	row: RecordItem;
	into: RecordItem;
}

/** What the page makes of rows that were merged in Dynamics. */
interface Merges {
	merged: Merged[];
	/** By the subject of the row that was merged. */
	pairs: Map<string, MergedPair>;
	/** Rows that are looked at in the next page, together. */
	waiting: Set<string>;
}

/**
 * R28, R49: which merged rows hand their person on, and which leave theirs behind, since the row that stays has one. It
 * is looked at together with them.
 */
export async function mergedRows(page: Page): Promise<Merges> {
	const { rows, known, people, accounts, now, hidden } = page;
	const bySubject = new Map(rows.map((row) => [recordSubject(row), row]));
	const merges: Merges = { merged: [], pairs: new Map(), waiting: new Set() };
	const later = new Map<string, number>();
	const outOfSight = new Set<string>();
	const waits = (from: Link, person: RecordItem | undefined) => {
		accounts.withRow.add(from.marketoId!);
		if (person) accounts.unjudged.add(person.id);
	};
	for (const row of rows) {
		const from = known.links.get(recordSubject(row));
		const way = isLinked(from) && !row.deleted ? successorsOf(page, row, bySubject) : [];
		const last = way.at(-1);
		if (!from || !last) continue;
		// R54: while the filter left it out its person has become another row's.
		if (from.state === 'leftOut' && known.partners.has(from.marketoId!)) continue;
		const person = people.get(from.marketoId!);
		if (hidden.has(last)) {
			outOfSight.add(linkSubject(from));
			waits(from, person);
			continue;
		}
		const into = bySubject.get(last);
		// R54: a qualified lead whose contact does not take part goes on by itself (native-sync N2).
		const isQualified = !masterOf(page, row);
		if (isQualified && into && (into.leftOut || into.deleted || isInactive(page, into))) continue;
		const isRead = person && hasValues(person);
		const other = known.links.get(last);
		// R27: somebody has parted the contact from this very person; the lead that stood behind it goes on by itself.
		if (isQualified && other?.state === 'apart' && other.marketoId === from.marketoId) continue;
		// R20: the row that stays is being made for somebody, and gets them before it gets anybody else.
		const isGiven = other?.state === 'reserved' && isOrWillBeTheirs(page, other);
		const isBeingMade = isGiven || (isQualified && other?.state === 'creating');
		// It gets one person in this page; with the next one there are two who are linked.
		const isTaken = merges.merged.some((one) => recordSubject(one.into) === last);
		if (isLinked(other) && other.marketoId !== from.marketoId) {
			// Nothing is said to a person whose row the filter leaves out, so nobody has to be read.
			const isAside = row.leftOut || into?.leftOut;
			const theirs = people.get(other.marketoId!);
			if (into && !into.deleted && (isAside || (isRead && theirs && hasValues(theirs)))) {
				merges.pairs.set(linkSubject(from), { from, row, into });
				continue;
			}
		} else if (into && isRead && !isBeingMade && !isTaken) {
			if (!into.deleted) merges.merged.push({ from, into });
			continue;
		}
		if (!into || isTaken || isGiven || row.because === 'feed') {
			const until = isGiven && isReserved(page, other) ? now + page.ledger.timing.lease : now;
			// With those between the two, or the next page would not know who is the last one.
			const together = [linkSubject(from), ...way];
			for (const subject of isGiven ? together.slice(0, -1) : together) later.set(subject, until);
			waits(from, person);
		}
	}
	const reason = 'Merged or qualified in Dynamics; compared together with the record that stays';
	for (const [subject, until] of later) {
		merges.waiting.add(subject);
		await account(page, subject, undefined, { do: 'wait', until, code: 'merged', reason });
	}
	// R30: a row that is shown again does not say who was merged into it, and its feed says the merge once.
	for (const subject of outOfSight) {
		merges.waiting.add(subject);
		const until = now + firstLook(page.ledger);
		const why = 'Merged or qualified in Dynamics into a record that is out of sight';
		await account(page, subject, undefined, { do: 'wait', until, code: 'merged', reason: why });
	}
	return merges;
}

/** R54: the filter's word counts for the row that stays, not for the one that is merged into it. */
function isLinked(link: Link | undefined): link is Link {
	return link?.state === 'active' || link?.state === 'leftOut';
}

/** R20: whoever a row was made for gets it as soon as they are read, or by whoever makes it. */
function isOrWillBeTheirs(page: Page, link: Link): boolean {
	const person = page.people.get(link.marketoId!);
	return isReserved(page, link) || (person !== undefined && hasValues(person));
}

/** The row that one was merged into, or qualified as, as a subject. */
export function successorOf(page: Pick<Page, 'definition'>, row: Standing): string | null {
	return masterOf(page, row) ?? qualifiedAs(page.definition, row);
}

/** R28: into what it was merged or qualified, and what that has become in turn, as far as they came in; as subjects. */
function successorsOf(page: Page, row: RecordItem, rows: Map<string, RecordItem>): string[] {
	const way = [recordSubject(row)];
	let next = successorOf(page, row);
	while (next && !way.includes(next)) {
		way.push(next);
		const further = rows.get(next);
		next = further && !further.deleted ? successorOf(page, further) : null;
	}
	return way.slice(1);
}
