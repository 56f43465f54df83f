import { CannotDo } from '../cannotDo';
import { findLane, openLane, changeLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { isTakenNow } from '../ledger/requests';
import type { Db } from '../ledger/schema';
import {
	isBehind,
	rememberedOf,
	stopBecauseBehind,
	witnessOf,
	type Witness,
} from '../schedule/restoreGuard';
import { refuseWhileWriting } from './adoptPresentState';
import { endByHand } from './freeStuckRun';

/** What the present memory knows and a copy of it cannot: how far it was, who runs the sync, whether somebody has paused it. */
export interface BeforeRestore {
	witness: Witness;
	workflow: string | null;
	isPaused: boolean;
}

export interface Restored {
	/** True where the sync has stopped: the copy is older than what is remembered outside of it (R42). */
	isBehind: boolean;
	isPaused: boolean;
}

/**
 * Before a copy takes the place of the ledger: nobody works with it. To be asked where nothing can begin meanwhile.
 * @throws CannotDo while a run is on, people of a campaign are worked on, or a write may still arrive
 */
export async function beforeRestore(ledger: Ledger, name: string, db: Db): Promise<BeforeRestore> {
	const now = ledger.clock.now();
	const lane = await findLane(db, name);
	if (lane?.run && lane.leaseUntil > now)
		throw new CannotDo(
			'A run of the sync is on, and works with the memory that the copy would replace',
			'Choose Pause, wait until Show Status says Paused, and restore then',
		);
	if (await isTakenNow(db, name, now))
		throw new CannotDo(
			'People whom a campaign has sent are being synced right now',
			'Try again in a minute',
		);
	// A copy knows nothing of a write that was sent after it: it has to have arrived, or not, before anything is compared.
	await refuseWhileWriting(ledger, db, name);
	return {
		witness: await rememberedOf(ledger, db),
		workflow: lane?.workflow ?? null,
		isPaused: lane?.isPaused ?? false,
	};
}

/**
 * The copy is the ledger now. A run that was on when it was made ends; whoever runs the sync, and a pause, stay as they
 * were. Where it is behind, the sync stops until a person has decided (R42): *Adopt Present State*.
 */
export async function afterRestore(
	ledger: Ledger,
	name: string,
	{ witness, workflow, isPaused }: BeforeRestore,
): Promise<Restored> {
	await ledger.db.transaction().execute(async (db) => {
		const lane = await openLane(db, name, ledger.clock.now());
		if (lane.run) await endByHand(ledger, db, lane, 'ended by Restore');
		await changeLane(db, name, { isPaused, ...(workflow === null ? {} : { workflow }) });
	});
	const present = await witnessOf(ledger);
	if (!isBehind(present, witness)) return { isBehind: false, isPaused };
	await stopBecauseBehind(ledger, name, present, { ...witness, ledger: present.ledger });
	return { isBehind: true, isPaused };
}
