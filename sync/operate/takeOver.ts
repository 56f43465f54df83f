import { changeLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { endByHand } from './freeStuckRun';
import { CannotDo } from '../cannotDo';

/**
 * From now on this workflow runs the lane, and no other (R41). A run of the workflow before it ends:
 * what it still holds cannot write any more.
 * @throws CannotDo without a workflow id
 */
export async function takeOver(
	ledger: Ledger,
	lane: string,
	workflow: string,
): Promise<{ before: string | null }> {
	if (!workflow) {
		throw new CannotDo(
			'This workflow has no ID yet',
			'Save the workflow, then run this step again',
		);
	}
	return await ledger.db.transaction().execute(async (db) => {
		const row = await openLane(db, lane, ledger.clock.now());
		if (row.workflow === workflow) return { before: workflow };
		if (row.run) await endByHand(ledger, db, row, 'taken over by another workflow');
		await changeLane(db, lane, { workflow, nextDue: ledger.clock.now(), waitingFor: null });
		return { before: row.workflow };
	});
}
