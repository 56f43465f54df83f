import { forgetLogBefore } from '../ledger/activityLog';
import { forgetAnswered } from '../ledger/answers';
import { dropOverdueClaims } from '../ledger/claims';
import { forgetConflictsBefore } from '../ledger/conflicts';
import { forgetHistoryBefore } from '../ledger/history';
import type { Ledger } from '../ledger/ledger';
import { metaValue, setMeta } from '../ledger/meta';
import { forgetRunsBefore } from '../ledger/runs';
import type { Db } from '../ledger/schema';

/** Days that decisions are kept, with the values of people in them, and what else is kept to look back. */
export const KEPT_DAYS = 30;
const DAY = 86_400_000;

/** What is forgotten of a kind with one page: more than a page makes, and little enough that nobody waits for it. */
const AT_ONCE = 2_000;

/** From one look at what is too old to the next, unless there was more; milliseconds. */
const BETWEEN = 3_600_000;
/** When all that was too old had gone. */
const LAST = 'forgotten';

/** With the end of a page, once an hour; and with each while there is more. */
export async function forgetInTime({ clock }: Pick<Ledger, 'clock'>, db: Db): Promise<void> {
	const now = clock.now();
	const last = Number((await metaValue(db, LAST)) ?? 0);
	// R40: a clock may have been ahead.
	if (Math.abs(now - last) < BETWEEN) return;
	if (await forgetOld({ clock }, db)) await setMeta(db, LAST, String(now));
}

/**
 * Whatever is too old goes, a step at a time; false where there may be more. What a record with an open question has
 * come through stays until it is answered (R38).
 */
export async function forgetOld({ clock }: Pick<Ledger, 'clock'>, db: Db): Promise<boolean> {
	const now = clock.now();
	const before = now - KEPT_DAYS * DAY;
	const gone = [
		await forgetHistoryBefore(db, before, AT_ONCE),
		await forgetConflictsBefore(db, before, AT_ONCE),
		await forgetLogBefore(db, before, AT_ONCE),
	];
	await forgetRunsBefore(db, before);
	// What Marketo Triggers see to as well, while there are any.
	await forgetAnswered({ db, clock }, KEPT_DAYS * DAY);
	await dropOverdueClaims(db, now);
	return gone.every((rows) => rows < AT_ONCE);
}
