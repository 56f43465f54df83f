import { createHash } from 'node:crypto';
import type { PageStart } from '../items';
import { seenBefore } from '../ledger/edits';
import { feedOf, LOG_FEED } from '../ledger/feeds';
import type { Ledger, Timing } from '../ledger/ledger';
import { isEchoAwaited } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import type { MarketoPort, PersonChanges } from '../ports';
import type { PageRef } from '../schedule/token';
import type { CursorStep, LogState } from './feed';
import { latenessOf, overlapOf } from './lateness';
import { afterPiece, isQuiet, logCursor, nextRead, type LogCursor } from './logCursor';
import { sweepOn, SWEPT_AT_ONCE, type Pair } from './sweep';

/** What a page takes in from the log. */
interface FromLog {
	/** What no read before has met; null: the log was not read. */
	fresh: Pick<PersonChanges, 'changed' | 'deleted'> | null;
	guids: string[];
	/** People who are compared though the log does not name them (R51). */
	swept: Pair[];
	steps: CursorStep[];
	state: LogState;
}

/**
 * What the log says: once per run, and again with what is due and asks for it. Only a log read to its end in this very
 * page can tell that a write did not arrive, or that nobody edited (R14, R17). Who was just made is read for what they
 * hold besides (R48): in a first copy that would be a read of the log with each page.
 */
export async function readLog(
	ledger: Ledger,
	ref: PageRef,
	start: PageStart,
	due: { isDue: boolean; asks: boolean },
	fields: string[],
	port: MarketoPort,
	room: number,
	isAsked = true,
): Promise<FromLog> {
	const feed = await feedOf(ledger.db, ref.lane, LOG_FEED);
	const { timing } = ledger;
	const now = ledger.clock.now();
	const cursor = logCursor(feed?.cursor ?? null, now, timing);
	const isRead = feed && !start.preview && feed.drainedIn === ref.run && !due.asks;
	if (isRead || !isAsked)
		return { fresh: null, guids: [], swept: [], steps: [], state: stateOf(cursor, now, timing) };
	const overlap = overlapOf(cursor.late, now, timing);
	const isLook = await isLookDue(ledger, ref.lane, cursor, overlap, due.isDue);
	const read = nextRead(cursor, isLook, now);
	const { since, next } = read;
	const from = next !== null ? { next } : { since, ...(read.isLook && { untilAgo: overlap }) };
	const changes = await port.readChanges(from, fields, Math.max(1, room));
	const seen = await seenBefore(
		ledger.db,
		ref.lane,
		changes.entries.map(({ guid }) => guid),
	);
	const news = changes.entries.filter(({ guid }) => !seen.has(guid));
	const piece = { changes, news, fields: shortened(fields), isFirst: feed === null, now };
	const after = afterPiece(cursor, read, piece, timing);
	const left = room - changes.changed.length - changes.deleted.length;
	const mayCompare = changes.toNow && !due.isDue && !start.preview && left >= SWEPT_AT_ONCE;
	const sweep = mayCompare ? await sweepOn(ledger, ref.lane, after.swept) : null;
	const step: CursorStep = {
		feed: LOG_FEED,
		from: feed?.cursor ?? null,
		to: JSON.stringify({ ...after, ...(sweep && { swept: sweep.swept }) }),
		drained: changes.toNow,
		generation: 0,
	};
	return {
		fresh: without(seen, changes),
		guids: [...new Set(news.map(({ guid }) => guid))],
		swept: sweep?.pairs ?? [],
		steps: [step],
		state: stateOf(after, now, timing),
	};
}

/**
 * R34: whether a stretch is looked at once more, where that takes a read of its own: an overlap after the last one, or
 * earlier where somebody waits for what the log will have said by then.
 */
async function isLookDue(
	ledger: Ledger,
	lane: string,
	cursor: LogCursor,
	overlap: number,
	isSomebodyDue: boolean,
): Promise<boolean> {
	if (cursor.open || isQuiet(cursor)) return false;
	const { unansweredGrace } = ledger.timing;
	const ripe = ledger.clock.now() - overlap;
	if (ripe >= cursor.certainTo + overlap) return true;
	if (ripe < cursor.certainTo + unansweredGrace) return false;
	return isSomebodyDue || (await isEchoAwaited(ledger.db, lane, cursor.certainTo, ripe));
}

/** What is left of it, without the entries that were seen before. */
function without(seen: ReadonlySet<string>, { changed, deleted }: PersonChanges): FromLog['fresh'] {
	return {
		changed: changed
			.map((person) => ({ ...person, edits: person.edits.filter((edit) => !seen.has(edit.guid)) }))
			.filter((person) => person.guids.some((guid) => !seen.has(guid))),
		deleted: deleted.filter((person) => !seen.has(person.guid)),
	};
}

function stateOf({ readTo, certainTo, late }: LogCursor, now: number, timing: Timing): LogState {
	return { readTo, certainTo, overlap: overlapOf(late, now, timing) };
}

function shortened(fields: string[]): string {
	return createHash('sha256').update(fields.join()).digest('base64url').slice(0, 8);
}

/** For people: how late the log of a lane was seen to be; nothing while that is as usual. */
export async function lateInWords(ledger: Ledger, lane: string, db: Db): Promise<string[]> {
	const feed = await feedOf(db, lane, LOG_FEED);
	if (!feed) return [];
	const { timing } = ledger;
	const now = ledger.clock.now();
	const { late } = logCursor(feed.cursor, now, timing);
	if (overlapOf(late, now, timing) <= timing.overlap) return [];
	const minutes = Math.ceil(latenessOf(late, now, timing) / 60_000);
	return [`Marketo's log is up to ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} late.`];
}
