import { closeOpenPage, endRun } from '../schedule/runs';
import { openLane, type Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countSent } from '../ledger/plans';
import type { Db } from '../ledger/schema';

export interface Freed {
	/** False: no run was on. */
	freed: boolean;
	/** Writes that went out without an answer; their records are read before anything is written again. */
	unanswered: number;
}

/**
 * Ends a run that does not end by itself. Whatever still works on it cannot write any more; what it
 * left behind is tried again, or judged by reading where a write was not answered. The next run is
 * due now.
 */
export async function freeStuckRun(ledger: Ledger, lane: string): Promise<Freed> {
	return await ledger.db.transaction().execute(async (db) => {
		const row = await openLane(db, lane, ledger.clock.now());
		if (!row.run) return { freed: false, unanswered: 0 };
		return { freed: true, unanswered: await endByHand(ledger, db, row, 'freed by a person') };
	});
}

/** Ends the lane's run; returns how many of its writes were not answered. */
export async function endByHand(
	ledger: Ledger,
	db: Db,
	row: Lane,
	outcome: string,
): Promise<number> {
	const sent = await countSent(db, row.name, row.run!);
	await closeOpenPage(ledger, db, row, 'The run was ended by a person');
	await endRun(db, ledger, row, 0, outcome);
	return sent;
}
