import type { Timing } from '../ledger/ledger';
import type { PersonChanges } from '../ports';
import { measured, overlapOf, type Covered, type Late } from './lateness';
import type { Swept } from './sweep';

/**
 * Where Marketo's activity log was read to (R34). Entries show up late, so each stretch of it is read twice: by a
 * near read, which goes on where the one before ended, and once more, by a second look, when what was to show up in it
 * has done so. Texts are times of Marketo's clock, ISO 8601; numbers are this host's.
 */
export interface LogCursor {
	/** Where the next second look starts. */
	since: string;
	/** Where the next near read starts; the same while so little is logged that both are one read. */
	near: string;
	/** When the last read that came to the end of the log began. */
	readTo: number;
	/** What was logged until then is in. */
	certainTo: number;
	/** The read that is not over yet. */
	open: LogRead | null;
	/** How late the log was seen to be, and what tells it. */
	late: Late | null;
	covered: Covered | null;
	/** How far people were compared whom the log did not name. */
	swept: Swept;
}

/** One read of the log, in pieces if need be. */
export interface LogRead {
	since: string;
	/** It stops at what a second look comes too early for. */
	isLook: boolean;
	begunAt: number;
	/** The server's clock when it began, if that is known by now. */
	serverTime: string | null;
	/** Where its next piece goes on. */
	next: string | null;
	/** From here on it has read no more than `REACH` entries. */
	reach: string;
}

/** How many entries a near read goes back over: as many as fit into its one page beside what is new. */
const REACH = 200;

/** @param stored as the feed has it; null: it was never read, and starts an overlap ago */
export function logCursor(stored: string | null, now: number, { overlap }: Timing): LogCursor {
	const swept = { upTo: 0, begunAt: now, at: now };
	if (stored === null) {
		const since = iso(now - overlap);
		return {
			since,
			near: since,
			readTo: 0,
			certainTo: 0,
			open: null,
			late: null,
			covered: null,
			swept,
		};
	}
	const kept = JSON.parse(stored) as LogCursor | OldCursor;
	return 'near' in kept
		? { ...kept, swept: kept.swept ?? swept }
		: { ...ofOldCursor(kept, overlap), swept };
}

/** The read that comes next. While little is logged there is one kind, which starts where a second look does. */
export function nextRead(cursor: LogCursor, isLookDue: boolean, now: number): LogRead {
	if (cursor.open) return cursor.open;
	const isBoth = isQuiet(cursor);
	const since = isBoth || isLookDue ? cursor.since : cursor.near;
	return {
		since,
		isLook: !isBoth && isLookDue,
		begunAt: now,
		serverTime: null,
		next: null,
		reach: since,
	};
}

/** Whether the next read is near read and second look in one. */
export function isQuiet({ since, near }: LogCursor): boolean {
	return near <= since;
}

/** What came of a piece of a read. */
export interface Piece {
	changes: PersonChanges;
	/** Entries that no read before has met. */
	news: PersonChanges['entries'];
	/** What the log was asked for, shortened. */
	fields: string;
	/** Of the very first read: only this host's clock told where to start, and that may be ahead. */
	isFirst: boolean;
	now: number;
}

/** Where the log stands after a piece of a read. */
export function afterPiece(
	cursor: LogCursor,
	read: LogRead,
	{ changes, news, fields, isFirst, now }: Piece,
	timing: Timing,
): LogCursor {
	const serverTime = read.serverTime ?? changes.serverTime ?? changes.newestActivityAt;
	const reach = reachOf(changes, read.reach);
	const covered = cursor.covered?.fields === fields ? cursor.covered : null;
	const late = measured(cursor.late, news, covered, now, timing);
	if (!changes.drained)
		return { ...cursor, late, open: { ...read, serverTime, next: changes.next, reach } };
	const overlap = overlapOf(late, now, timing);
	const isSecondLook = read.since <= cursor.since;
	// By the server's clock, and never backwards, unless the log is later than was known.
	const looked = serverTime ? iso(Date.parse(serverTime) - overlap) : cursor.since;
	const isBack = overlap > overlapOf(cursor.late, now, timing) && looked < cursor.since;
	const since =
		isFirst || isBack ? looked : isSecondLook ? latest(looked, cursor.since) : cursor.since;
	const certainTo = read.begunAt - overlap;
	return {
		since,
		near: isFirst || isBack ? since : latest(since, changes.toNow ? reach : cursor.near),
		readTo: changes.toNow ? read.begunAt : cursor.readTo,
		certainTo: isBack
			? Math.min(cursor.certainTo, certainTo)
			: isSecondLook
				? Math.max(cursor.certainTo, certainTo)
				: cursor.certainTo,
		open: null,
		swept: cursor.swept,
		late,
		covered:
			changes.toNow && serverTime ? { since: read.since, until: serverTime, fields } : covered,
	};
}

/** From where on there are no more than `REACH` entries in what was read; before that, none was counted since `from`. */
function reachOf({ entries }: PersonChanges, from: string): string {
	const times = entries.map(({ at }) => Date.parse(at)).sort((a, b) => b - a);
	const beyond = times[REACH];
	return beyond === undefined ? from : latest(from, iso(beyond + 1000));
}

/** As 0.1 kept it: each read started at the server's time of the one before, less the overlap. */
interface OldCursor {
	since: string;
	next: string | null;
	then: string | null;
	begun?: number;
	readTo?: number;
}

function ofOldCursor(
	{ since, next, then, begun, readTo = 0 }: OldCursor,
	overlap: number,
): Omit<LogCursor, 'swept'> {
	const from = iso(Date.parse(since));
	const open = next !== null && begun !== undefined;
	return {
		since: from,
		near: from,
		readTo,
		certainTo: Math.max(0, readTo - overlap),
		open: open
			? {
					since: from,
					isLook: false,
					begunAt: begun,
					serverTime: then && iso(Date.parse(then) + overlap),
					next,
					reach: from,
				}
			: null,
		late: null,
		covered: null,
	};
}

const latest = (one: string, other: string) => (one > other ? one : other);
const iso = (time: number) => new Date(time).toISOString();
