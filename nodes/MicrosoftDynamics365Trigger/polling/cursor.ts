import type { ChangedRows } from '../../../apis/dataverse/changes/readChanges';
import { versionOf, type Row } from '../../../apis/dataverse/transport/answer';

/**
 * Where polling stands; kept in the workflow's static data, so small.
 *
 * Dataverse gives a position in its change feed only at the end of a read of all rows (`arming`). What was
 * changed while such a read went on, or while an expired position was of no use, is found by its date
 * (`sweeping`). Then the feed is followed.
 */
export interface Cursor {
	/** What it was made for. */
	scope: string;
	phase: 'arming' | 'sweeping' | 'following';
	/** Where to go on; null: at the beginning of the phase. */
	link: string | null;
	/** The feed's position, kept while sweeping. */
	position: string | null;
	/** Rows created at or after this moment of Dataverse's clock have not been told of. */
	since: string | null;
	/** When the read that is under way began, by Dataverse's clock. */
	began: string | null;
	/** Pages of the read under way. */
	pages: number;
	/** Set when a position had expired: from when on rows were found by date. */
	lostFrom: string | null;
	/** To be said with the next item. */
	notice: string | null;
	/** `id version` of rows told while sweeping: the feed may bring them again. */
	swept: string[];
	/** `id createdon` of rows told as created at the edge of `since`. */
	edge: string[];
	/** The user of the credential. */
	user: string;
}

/** Clocks of Dataverse's servers may differ: better told as created than missed. */
const SKEW_MS = 2_000;

/** Beyond this a row may be told of twice, which is better than state without bound. */
const MOST_REMEMBERED = 500;

export function newCursor(scope: string, user: string): Cursor {
	return {
		scope,
		user,
		phase: 'arming',
		link: null,
		position: null,
		since: null,
		began: null,
		pages: 0,
		lostFrom: null,
		notice: null,
		swept: [],
		edge: [],
	};
}

/** The position is of no use any more: a new one is looked for, and the gap is swept by date. */
export function rearmed(cursor: Cursor, now: string): Cursor {
	const lostFrom = cursor.lostFrom ?? cursor.since ?? cursor.began;
	return {
		...newCursor(cursor.scope, cursor.user),
		since: lostFrom,
		lostFrom,
		edge: cursor.edge,
		notice: `The position in the change feed had expired. Rows created or updated since ${lostFrom} were found by their date; rows deleted between then and ${now} were not found.`,
	};
}

/** After a page of the read that only looks for the position. */
export function armed(cursor: Cursor, page: ChangedRows, now: string, hasDates: boolean): Cursor {
	const began = cursor.began ?? page.serverTime ?? now;
	const pages = cursor.pages + 1;
	if (!page.drained) return { ...cursor, began, pages, link: page.link };
	const since = cursor.lostFrom ?? began;
	const sweep = hasDates && (cursor.lostFrom !== null || pages > 1);
	const next = { ...cursor, since, position: page.link, began: null, pages: 0 };
	return sweep
		? { ...next, phase: 'sweeping', link: null }
		: { ...next, phase: 'following', link: page.link, position: null, lostFrom: null };
}

/** After a page of rows found by date. */
export function swept(cursor: Cursor, page: ChangedRows, now: string, idColumn: string): Cursor {
	const began = cursor.began ?? page.serverTime ?? now;
	const told = page.rows.map((row) => rowAndVersion(row, idColumn));
	const next = { ...cursor, began, swept: [...cursor.swept, ...told].slice(-MOST_REMEMBERED) };
	if (!page.drained) return { ...next, link: page.link };
	return {
		...next,
		phase: 'following',
		link: cursor.position,
		position: null,
		since: began,
		began: null,
		lostFrom: null,
	};
}

/** After a page of the feed. */
export function followed(cursor: Cursor, page: ChangedRows, now: string): Cursor {
	const began = cursor.began ?? page.serverTime ?? now;
	const next = { ...cursor, began, link: page.link };
	return page.drained
		? { ...next, since: began, began: null, swept: [], edge: edgeFrom(next.edge, began) }
		: next;
}

/** Whether the feed brings a row that was told while sweeping. */
export function wasSwept(cursor: Cursor, row: Row, idColumn: string): boolean {
	return cursor.swept.includes(rowAndVersion(row, idColumn));
}

/**
 * Whether a row is a new one. The feed does not say; a row is new when it was made after the last look and
 * has not been told of as new. A row that was made and changed between two looks comes once, as new. An
 * imported row that carries an older date of creation comes as updated.
 */
export function isNew(cursor: Cursor, row: Row, idColumn: string): boolean {
	const createdOn = Date.parse(String(row.createdon));
	if (Number.isNaN(createdOn) || createdOn < Date.parse(cursor.since ?? '') - SKEW_MS) return false;
	return !cursor.edge.includes(rowAndCreation(row, idColumn));
}

/** Remembers rows told of as new. */
export function toldAsNew(cursor: Cursor, rows: readonly Row[], idColumn: string): Cursor {
	if (rows.length === 0) return cursor;
	const told = rows.map((row) => rowAndCreation(row, idColumn));
	return { ...cursor, edge: [...cursor.edge, ...told].slice(-MOST_REMEMBERED) };
}

function edgeFrom(edge: readonly string[], since: string): string[] {
	const from = Date.parse(since) - SKEW_MS;
	return edge.filter((entry) => Date.parse(entry.split(' ')[1] ?? '') >= from);
}

function rowAndVersion(row: Row, idColumn: string): string {
	return `${String(row[idColumn])} ${versionOf(row) ?? ''}`;
}

function rowAndCreation(row: Row, idColumn: string): string {
	return `${String(row[idColumn])} ${String(row.createdon)}`;
}
