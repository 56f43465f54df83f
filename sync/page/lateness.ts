import type { PersonChanges } from '../ports';
import type { Timing } from '../ledger/ledger';

/** How late Marketo's log was, at the least, and when that was seen. Milliseconds, this host's clock. */
export interface Late {
	ms: number;
	at: number;
}

/** What a read of the log has gone over: whatever shows up there afterwards was not there at that time (server's clock). */
export interface Covered {
	since: string;
	until: string;
	/** Of which fields, shortened. */
	fields: string;
}

/** The overlap is so many times what was measured: the latest entries are those that no read has met yet. */
const MARGIN = 2;
/** A log that is later than so many usual overlaps (four hours) is left to the people who are compared anyway. */
const MOST_OVERLAPS = 16;

/** R51: how late the log may be. What was measured counts half as much with each day. */
export function overlapOf(late: Late | null, now: number, timing: Timing): number {
	const wanted = MARGIN * latenessOf(late, now, timing);
	return Math.min(MOST_OVERLAPS * timing.overlap, Math.max(timing.overlap, Math.round(wanted)));
}

export function latenessOf(late: Late | null, now: number, { day }: Timing): number {
	return late ? late.ms * 0.5 ** (Math.max(0, now - late.at) / day) : 0;
}

/**
 * What is known of the log's lateness after entries were seen for the first time: each is as late, at the least, as
 * the last read that went over its time without it.
 */
export function measured(
	late: Late | null,
	news: PersonChanges['entries'],
	covered: Covered | null,
	now: number,
	timing: Timing,
): Late | null {
	if (!covered) return late;
	const [since, until] = [Date.parse(covered.since), Date.parse(covered.until)];
	const times = news.map(({ at }) => Date.parse(at)).filter((at) => at >= since && at <= until);
	const ms = times.length > 0 ? until - Math.min(...times) : 0;
	return ms > latenessOf(late, now, timing) ? { ms, at: now } : late;
}
