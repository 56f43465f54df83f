import { forgetLogBefore } from '../ledger/activityLog';
import { forgetValuesBefore } from '../ledger/history';
import type { Db } from '../ledger/schema';

/** Days that values of people stay readable in the history unless said otherwise. */
export const VALUE_DAYS = 30;

const DAY = 86_400_000;

/**
 * Empties the values of people in history entries older than `days`; what was decided, when and why
 * stays. Entries of records with an open question keep theirs until it is answered (R38). Old entries
 * for activity logs go altogether, since their reasons may hold values. At the end of each run. Returns
 * how many were emptied.
 */
export async function forgetOldValues(db: Db, now: number, days = VALUE_DAYS): Promise<number> {
	const before = now - days * DAY;
	await forgetLogBefore(db, before);
	return await forgetValuesBefore(db, before);
}
