import { CannotDo } from '../cannotDo';
import { keyStop } from '../schedule/keyStop';
import type { Ledger } from '../ledger/ledger';
import { countSilenceFrom } from '../ledger/told';
import { isOtherSyncStop, othersWereLookedAt } from '../page/otherSync';
import { changeLane } from './lanes';

export interface Resume {
	/** Deletes in one page that are let through without asking again, until a run is complete; 0: the usual limit. */
	allowDeletes?: number;
}

/**
 * Goes on after a pause, or after the sync stopped by itself: due now. What was allowed for an earlier
 * stop is allowed no longer.
 * @throws CannotDo while the ledger's key is missing, or where what is allowed is no number
 */
export async function resume(
	ledger: Ledger,
	lane: string,
	{ allowDeletes = 0 }: Resume = {},
): Promise<void> {
	const allowed = Number(allowDeletes);
	if (!Number.isFinite(allowed))
		throw new CannotDo(
			`"${String(allowDeletes)}" is not a number of deletes`,
			'Enter digits only under Allow Deletes: the number from the reason why the sync stopped',
		);
	await changeLane(ledger, lane, async ({ stopped }, db) => {
		const stop = await keyStop(ledger, db);
		if (stop) throw stop;
		if (isOtherSyncStop(stopped)) await othersWereLookedAt(db, ledger.clock.now());
		await countSilenceFrom(db, lane, ledger.clock.now());
		return {
			isPaused: false,
			stopped: null,
			deletesAllowed: Math.max(0, Math.trunc(allowed)),
			nextDue: ledger.clock.now(),
			waitingFor: null,
		};
	});
}
