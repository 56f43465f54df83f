import type { RecordItem } from '../items';
import { twoWayOf } from '../lanes/definition';
import { changeLink, type Link } from '../ledger/links';
import { linkSubject, recordSubject, subjectOf } from '../ledger/subject';
import { account } from './accounts';
import { hasValues, type Page } from './page';

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

/** The links of the page's rows say of each whether it is active. */
export async function noteStandings(page: Page): Promise<void> {
	for (const row of page.rows) {
		const link = page.known.links.get(recordSubject(row));
		const isIdle = isInactive(page, row);
		if (link && !row.deleted && link.isInactive !== isIdle)
			await changeLink(page.db, link, { isInactive: isIdle });
	}
}

/** A row that was merged in Dynamics while it had a person, and the one that stays, who has nobody. */
export interface Merged {
	from: Link;
	into: RecordItem;
}

/** What the page makes of rows that were merged in Dynamics. */
interface Merges {
	merged: Merged[];
	/** Rows that are looked at in the next page, together. */
	waiting: Set<string>;
}

/**
 * R28, R49: which merged rows hand their person on. The row that stays is looked at together with them; where it
 * has a person of its own, the two people stay two.
 */
export async function mergedRows(page: Page): Promise<Merges> {
	const { rows, known, people, accounts, now, hidden } = page;
	const bySubject = new Map(rows.map((row) => [recordSubject(row), row]));
	const merges: Merges = { merged: [], waiting: new Set() };
	for (const row of rows) {
		const from = known.links.get(recordSubject(row));
		// R54: the filter's word counts for the row that stays, not for the one that is merged into it.
		const hasPerson = from?.state === 'active' || from?.state === 'leftOut';
		const last = hasPerson && !row.deleted && lastMaster(page, row, bySubject);
		// One out of sight is met when it is shown again.
		if (!last || known.links.get(last)?.state === 'active' || hidden.has(last)) continue;
		const into = bySubject.get(last);
		const person = people.get(from.marketoId!);
		if (into && person && hasValues(person)) {
			if (!into.deleted) merges.merged.push({ from, into });
		} else if (!into || row.because === 'feed') {
			merges.waiting.add(last).add(linkSubject(from));
			accounts.withRow.add(from.marketoId!);
			if (person) accounts.unjudged.add(person.id);
		}
	}
	const reason = 'Merged in Dynamics; looked at together with the record that stays';
	for (const subject of merges.waiting)
		await account(page, subject, undefined, { do: 'wait', until: now, code: 'merged', reason });
	return merges;
}

/** R28: chains are followed, as far as they came in. */
function lastMaster(page: Page, row: RecordItem, rows: Map<string, RecordItem>): string | null {
	const met = new Set([recordSubject(row)]);
	let last: string | null = null;
	let next = masterOf(page, row);
	while (next && !met.has(next)) {
		last = next;
		met.add(next);
		const further = rows.get(next);
		next = further && !further.deleted ? masterOf(page, further) : null;
	}
	return last;
}
