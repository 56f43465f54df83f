import { closeOpenPage, endRun, laneRow } from '../lane/due';
import type { Ledger } from '../ledger/ledger';
import type { Db, LaneRow } from '../ledger/schema';

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
		const row = await laneRow(db, lane, ledger.clock.now());
		if (!row.run) return { freed: false, unanswered: 0 };
		return { freed: true, unanswered: await endByHand(ledger, db, row, 'freed by a person') };
	});
}

/** Ends the lane's run; returns how many of its writes were not answered. */
export async function endByHand(ledger: Ledger, db: Db, row: LaneRow, outcome: string): Promise<number> {
	const sent = await db
		.selectFrom('plan')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('run', '=', row.run!)
		.where('state', '=', 'sent')
		.executeTakeFirstOrThrow();
	await closeOpenPage(ledger, db, row, 'The run was ended by a person');
	await endRun(db, ledger, row, 0, outcome);
	return Number(sent.count);
}
