import type { DynamicsTable } from '../items';
import type { DynamicsChanges, DynamicsPort } from '../ports';
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
}

type Port = Pick<DynamicsPort, 'readBySavedParent' | 'timeoutMs'>;

/** It begins where the table itself was read for the first time: what is saved later counts. */
export function beginParents(
	{ timeoutMs }: Port,
	table: DynamicsTable,
	serverTime: string,
): CursorStep {
	const since = before(serverTime, timeoutMs);
	return stepTo(table, null, { since, next: null, columns: [], until: null });
}

/** The next rows of which a parent was saved. */
export async function readParents(
	port: Port,
	table: DynamicsTable,
	kept: string,
	columns: string[],
	room: number,
): Promise<{ changes: DynamicsChanges; step: CursorStep }> {
	const cursor = JSON.parse(kept) as ParentsCursor;
	// A page holds the columns that it was asked for with.
	const isGoingOn = cursor.next !== null && cursor.columns.join() === columns.join();
	const next = isGoingOn ? cursor.next : null;
	const changes = await port.readBySavedParent(table, columns, cursor.since, next, room);
	const { serverTime, link, drained } = changes;
	const until = isGoingOn ? cursor.until : serverTime && before(serverTime, port.timeoutMs);
	const to: ParentsCursor = drained
		? { since: until ?? cursor.since, next: null, columns: [], until: null }
		: { since: cursor.since, next: link, columns, until };
	return { changes, step: stepTo(table, kept, to, drained) };
}

/** Nothing of a parent is mapped any more. */
export function endParents(table: DynamicsTable, kept: string): CursorStep {
	return stepTo(table, kept, null);
}

function stepTo(
	table: DynamicsTable,
	from: string | null,
	to: ParentsCursor | null,
	drained = true,
): CursorStep {
	return {
		feed: parentsFeed(table),
		from,
		to: to && JSON.stringify(to),
		drained,
		generation: 0,
	};
}

/** An answer is dated when it ends, a save when it begins (R32). */
function before(serverTime: string, timeoutMs: number): string {
	return new Date(Date.parse(serverTime) - timeoutMs - LONGEST_SAVE_MS).toISOString();
}
