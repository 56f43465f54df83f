import { allLanes, changeLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { runBy } from '../ledger/runBy';
import { endByHand } from './freeStuckRun';

/**
 * A trigger runs one lane (R41). Where another table or custom object was chosen for it, nobody runs what it ran before:
 * that is free for any workflow, and nobody is told that it stands still.
 */
export async function leaveOthers(
	ledger: Ledger,
	{ lane, workflow, trigger }: { lane: string; workflow: string; trigger: string },
): Promise<void> {
	await ledger.db.transaction().execute(async (db) => {
		for (const other of await allLanes(db)) {
			if (other.name === lane || other.workflow !== workflow) continue;
			if ((await runBy(db, other.name, workflow))?.trigger !== trigger) continue;
			if (other.run) await endByHand(ledger, db, other, 'its trigger syncs something else now');
			await changeLane(db, other.name, { workflow: null, waitingFor: null });
		}
	});
}
