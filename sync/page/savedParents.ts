import type { DynamicsTable } from '../items';
import type { Ledger } from '../ledger/ledger';
import { ComeBackLater, CursorExpired, type DynamicsPort, type DynamicsRow } from '../ports';
import { LONGEST_SAVE_MS } from './dynamicsCursor';
import type { CursorStep } from './feed';

/**
 * R58: a column that is seen through a lookup is edited in the row that the lookup points to, which touches none of those
 * that show it. So a table that is mapped with such columns has one more feed: rows of which a parent was saved.
 */

const OF_PARENTS = '.parents';

/** Name of that feed, beside the table's own. */
export function parentsFeed(table: DynamicsTable): string {
	return table + OF_PARENTS;
}

/** True for such a feed of any table. */
export function isParentsFeed(name: string): boolean {
	return name.endsWith(OF_PARENTS);
}

/** Where it stands: parents saved since then have been looked for; times of the server. */
interface ParentsCursor {
	since: string;
	/** The page that comes next, and with which columns; null: a new look. */
	next: string | null;
	columns: string[];
	/** Since when the next look is to look, once this one is over. */
	until: string | null;
	/** Dynamics could not answer: when (this host's clock), how often in a row, and why. */
	failed?: { at: number; times: number; why: string };
}

/** No pause after looks that failed is longer than this. */
const LONGEST_PAUSE_MS = 6 * 3_600_000;

type Port = Pick<DynamicsPort, 'readBySavedParent' | 'timeoutMs'>;

/** It begins where the table itself was read for the first time: what is saved later counts. */
export function beginParents(
	{ timeoutMs }: Port,
	table: DynamicsTable,
	serverTime: string,
): CursorStep {
	const since = before(serverTime, timeoutMs);
	return stepTo(table, null, lookSince(since));
}

const lookSince = (since: string): ParentsCursor => ({
	since,
	next: null,
	columns: [],
	until: null,
});

/**
 * The next rows of which a parent was saved. They are many where it is a large account or the currency of all, so that
 * what is left goes on in the background. A filter through a lookup may take Dynamics longer than it gives itself:
 * then all else goes on, and it is tried later and later.
 */
export async function readParents(
	{ clock, timing }: Pick<Ledger, 'clock' | 'timing'>,
	port: Port,
	table: DynamicsTable,
	kept: string,
	columns: string[],
	room: number,
): Promise<{ rows: DynamicsRow[]; step: CursorStep }> {
	const { failed, ...cursor } = JSON.parse(kept) as ParentsCursor;
	const now = clock.now();
	const goOnAt = (to: ParentsCursor, rows: DynamicsRow[] = []) => ({
		rows,
		step: stepTo(table, kept, to),
	});
	if (failed) {
		const pause = Math.min(timing.retry * 2 ** (failed.times - 1), LONGEST_PAUSE_MS);
		if (now >= failed.at && now < failed.at + pause) return goOnAt({ ...cursor, failed });
	}
	// A page holds the columns that it was asked for with.
	const isGoingOn = cursor.next !== null && cursor.columns.join() === columns.join();
	try {
		const next = isGoingOn ? cursor.next : null;
		const changes = await port.readBySavedParent(table, columns, cursor.since, next, room);
		const { rows, serverTime, link, drained } = changes;
		const until = isGoingOn ? cursor.until : serverTime && before(serverTime, port.timeoutMs);
		return drained
			? goOnAt(lookSince(until ?? cursor.since), rows)
			: goOnAt({ since: cursor.since, next: link, columns, until }, rows);
	} catch (error) {
		// From where it began: none of these rows has been passed over.
		if (error instanceof CursorExpired) return goOnAt(lookSince(cursor.since));
		if (!(error instanceof ComeBackLater) || error.reason !== 'unavailable') throw error;
		const times = (failed?.times ?? 0) + 1;
		return goOnAt({ ...cursor, failed: { at: now, times, why: error.message } });
	}
}

/** Why Dynamics does not tell at the moment whose parent was saved; undefined where it does. */
export function whyParentsFail(kept: string): string | undefined {
	return (JSON.parse(kept) as ParentsCursor).failed?.why;
}

/** Nothing of a parent is mapped any more. */
export function endParents(table: DynamicsTable, kept: string): CursorStep {
	return stepTo(table, kept, null);
}

function stepTo(table: DynamicsTable, from: string | null, to: ParentsCursor | null): CursorStep {
	return {
		feed: parentsFeed(table),
		from,
		to: to && JSON.stringify(to),
		drained: true,
		more: to !== null && to.next !== null && !to.failed,
		generation: 0,
	};
}

/** An answer is dated when it ends, a save when it begins (R32). */
function before(serverTime: string, timeoutMs: number): string {
	return new Date(Date.parse(serverTime) - timeoutMs - LONGEST_SAVE_MS).toISOString();
}
