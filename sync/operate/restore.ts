import { CannotDo } from '../cannotDo';
import { allLanes, changeLane, openLane, type Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countLinked } from '../ledger/links';
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

/** What the present memory knows and a copy of it cannot: how far it was, who runs each lane, whether somebody has paused it. */
export interface BeforeRestore {
	witness: Witness;
	lanes: Array<Pick<Lane, 'name' | 'workflow' | 'isPaused'>>;
}

export interface Restored {
	/** True where the sync has stopped: the copy is older than what is remembered outside of it (R42). */
	isBehind: boolean;
	isPaused: boolean;
	/** Pairs that are linked by the copy. */
	linked: number;
}

/**
 * Before a copy takes the place of the ledger: nobody works with it. To be asked where nothing can begin meanwhile.
 * @throws CannotDo while a run is on, people of a campaign are worked on, or a write may still arrive
 */
export async function beforeRestore(ledger: Ledger, db: Db): Promise<BeforeRestore> {
	const words = { why: 'that the copy would replace', then: 'restore the copy' };
	const lanes = await refuseWhileAtWork(ledger, db, words);
	// A copy knows nothing of a write that was sent after it: it has to have arrived, or not, before anything is compared.
	for (const { name } of lanes) await refuseWhileWriting(ledger, db, name);
	return { witness: await rememberedOf(ledger, db), lanes };
}

/**
 * Nobody works with the memory: no run is on, and nobody of a campaign is worked on.
 *
 * @param words which memory a run uses, and what is to be done later
 * @returns all lanes
 * @throws CannotDo
 */
export async function refuseWhileAtWork(
	{ clock }: Pick<Ledger, 'clock'>,
	db: Db,
	{ why, then }: { why: string; then: string },
): Promise<Lane[]> {
	const now = clock.now();
	const lanes = await allLanes(db);
	if (lanes.some(({ run, leaseUntil }) => run !== null && leaseUntil > now))
		throw new CannotDo(
			`A run of the sync is in progress and uses the memory ${why}`,
			`Choose Pause, wait until Show Status says Paused, then ${then}`,
		);
	for (const { name } of lanes)
		if (await isTakenNow(db, name, now))
			throw new CannotDo(
				'People whom a campaign has sent are being synced right now',
				'Try again in a minute',
			);
	return lanes;
}

/**
 * The copy is the ledger now. A run that was on when it was made ends; whoever runs a lane, and a pause, stay as they
 * were. Where it is behind, all lanes stop until a person has decided (R42): *Adopt Present State*.
 */
export async function afterRestore(
	ledger: Ledger,
	{ witness, lanes: before }: BeforeRestore,
): Promise<Restored> {
	const now = ledger.clock.now();
	const names = new Set([...before, ...(await allLanes(ledger.db))].map(({ name }) => name));
	const present = await witnessOf(ledger);
	const restored = { isBehind: isBehind(present, witness), isPaused: false, linked: 0 };
	for (const name of names) {
		await ledger.db.transaction().execute(async (db) => {
			const lane = await openLane(db, name, now);
			if (lane.run) await endByHand(ledger, db, lane, 'ended by Restore');
			const { workflow = null, isPaused = false } = before.find((one) => one.name === name) ?? {};
			await changeLane(db, name, { isPaused, ...(workflow === null ? {} : { workflow }) });
			restored.isPaused ||= isPaused;
		});
		if (restored.isBehind)
			await stopBecauseBehind(ledger, name, present, { ...witness, ledger: present.ledger });
		restored.linked += await countLinked(ledger.db, name);
	}
	return restored;
}
