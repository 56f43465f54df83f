import type { PageStart } from '../items';
import { seenBefore } from '../ledger/edits';
import { feedOf } from '../ledger/feeds';
import type { Ledger } from '../ledger/ledger';
import { isEchoAwaited } from '../ledger/plans';
import type { MarketoPort, PersonChanges } from '../ports';
import type { PageRef } from '../schedule/token';
import type { CursorStep, LogState } from './feed';
import { afterPiece, isQuiet, logCursor, nextRead, type LogCursor } from './logCursor';
import { LOG_FEED } from './readDynamics';

/**
 * What the log says: once per run, and again with whatever is due. Only a log read to its end in this very
 * page can tell that a write did not arrive, or that nobody edited (R14, R17).
 */
export async function readLog(
	ledger: Ledger,
	ref: PageRef,
	start: PageStart,
	due: string[],
	fields: string[],
	port: MarketoPort,
	room: number,
): Promise<{ changes: PersonChanges | null; steps: CursorStep[]; state: LogState }> {
	const feed = await feedOf(ledger.db, ref.lane, LOG_FEED);
	const { overlap } = ledger.timing;
	const now = ledger.clock.now();
	const cursor = logCursor(feed?.cursor ?? null, now, overlap);
	if (feed && !start.preview && feed.drainedIn === ref.run && due.length === 0)
		return { changes: null, steps: [], state: stateOf(cursor, overlap) };
	const read = nextRead(cursor, await isLookDue(ledger, ref.lane, cursor, due), now);
	const { since, isLook, next } = read;
	const from = next !== null ? { next } : { since, ...(isLook && { untilAgo: overlap }) };
	const changes = await port.readChanges(from, fields, Math.max(1, room));
	const after = afterPiece(cursor, read, changes, overlap, feed === null);
	const step: CursorStep = {
		feed: LOG_FEED,
		from: feed?.cursor ?? null,
		to: JSON.stringify(after),
		drained: changes.toNow,
		generation: 0,
	};
	return { changes, steps: [step], state: stateOf(after, overlap) };
}

/**
 * R34: whether a stretch is looked at once more, where that takes a read of its own: an overlap after the last one, or
 * earlier where somebody waits for what the log will have said by then.
 */
async function isLookDue(
	ledger: Ledger,
	lane: string,
	cursor: LogCursor,
	due: string[],
): Promise<boolean> {
	if (cursor.open || isQuiet(cursor)) return false;
	const { overlap, unansweredGrace } = ledger.timing;
	const ripe = ledger.clock.now() - overlap;
	if (ripe >= cursor.certainTo + overlap) return true;
	if (ripe < cursor.certainTo + unansweredGrace) return false;
	return due.length > 0 || (await isEchoAwaited(ledger.db, lane, cursor.certainTo, ripe));
}

export async function notSeen(ledger: Ledger, lane: string, changes: PersonChanges) {
	const all = changes.entries.map(({ guid }) => guid);
	const seen = await seenBefore(ledger.db, lane, all);
	const changed = changes.changed
		.map((person) => ({ ...person, edits: person.edits.filter((edit) => !seen.has(edit.guid)) }))
		.filter((person) => person.guids.some((guid) => !seen.has(guid)));
	const deleted = changes.deleted.filter((person) => !seen.has(person.guid));
	return {
		changes: { changed, deleted },
		guids: [...new Set(all.filter((guid) => !seen.has(guid)))],
	};
}

function stateOf({ readTo, certainTo }: LogCursor, overlap: number): LogState {
	return { readTo, certainTo, overlap };
}
