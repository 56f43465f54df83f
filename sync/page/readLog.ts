import type { PageStart } from '../items';
import { seenBefore } from '../ledger/edits';
import { feedOf } from '../ledger/feeds';
import type { Ledger } from '../ledger/ledger';
import type { MarketoPort, PersonChanges } from '../ports';
import type { PageRef } from '../schedule/token';
import type { CursorStep } from './feed';
import { LOG_FEED } from './readDynamics';

/** Where the activity log was read to (R34). */
interface MarketoCursor {
	/** Start of the next fresh read, server's clock. */
	since: string;
	/** Where an unfinished read goes on. */
	next: string | null;
	/** Where the read after this one starts. */
	then: string | null;
	/** When the unfinished read began, and the last one that came to its end: this host's clock. */
	begun?: number;
	readTo?: number;
}

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
) {
	const feed = await feedOf(ledger.db, ref.lane, LOG_FEED);
	if (feed && !start.preview && feed.drainedIn === ref.run && due.length === 0) return null;
	const now = new Date(ledger.clock.now() - ledger.timing.overlap).toISOString();
	const cursor: MarketoCursor = feed
		? (JSON.parse(feed.cursor) as MarketoCursor)
		: { since: now, next: null, then: null };
	const from = cursor.next ? { next: cursor.next } : { since: cursor.since };
	const begun = (cursor.next ? cursor.begun : undefined) ?? ledger.clock.now();
	const changes = await port.readChanges(from, fields, Math.max(1, room));
	const then = cursor.next
		? cursor.then
		: (nextSince(ledger, feed ? cursor.since : '', changes) ?? cursor.since);
	const to: MarketoCursor = changes.drained
		? { since: then ?? cursor.since, next: null, then: null, readTo: begun }
		: { since: cursor.since, next: changes.next, then, begun, readTo: cursor.readTo };
	const step: CursorStep = {
		feed: LOG_FEED,
		from: feed?.cursor ?? null,
		to: JSON.stringify(to),
		drained: changes.drained,
		generation: 0,
	};
	return { changes, step, readTo: to.readTo ?? 0 };
}

/**
 * R34: the server's clock less the overlap; activities show up late. Never backwards, save from the very
 * first start, which only this host's clock could tell.
 */
function nextSince(ledger: Ledger, since: string, changes: PersonChanges): string | null {
	const seen = changes.serverTime ?? changes.newestActivityAt;
	if (!seen) return since || null;
	const next = new Date(Date.parse(seen) - ledger.timing.overlap).toISOString();
	return next > since ? next : since;
}

export async function notSeen(ledger: Ledger, lane: string, changes: PersonChanges) {
	const all = [
		...changes.changed.flatMap((person) => person.guids),
		...changes.deleted.map((person) => person.guid),
	];
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

export async function logReadTo(ledger: Ledger, ref: PageRef): Promise<number> {
	const feed = await feedOf(ledger.db, ref.lane, LOG_FEED);
	return feed ? ((JSON.parse(feed.cursor) as MarketoCursor).readTo ?? 0) : 0;
}
