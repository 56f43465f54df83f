import { CannotDo } from '../cannotDo';
import type { Side } from '../items';
import { changeLane, allLanes } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countLinked } from '../ledger/links';
import { countUnanswered, forgetRecords } from '../ledger/newLife';
import { lostKey, takeKeyOver } from '../ledger/ownKey';
import { isTakenNow } from '../ledger/requests';
import type { Db } from '../ledger/schema';
import { trustAgain } from '../schedule/restoreGuard';
import {
	bindTo,
	isBound,
	nameOf,
	otherThanOwn,
	ownSystems,
	type System,
} from '../schedule/systems';
import { refuseWhileWriting } from './adoptPresentState';

/** What the ledger is to belong to: both systems, as their credentials reached them. */
export type NewPair = Record<Side, System>;

/** Before and after, for people. */
export interface PairChange {
	from: Record<Side, string | undefined>;
	to: Record<Side, string>;
	/** Which of the two is another one; none: the ledger belongs to both already. */
	other: Side[];
	/** Pairs that are linked by the present memory. */
	linked: number;
	/** People of campaigns who have no answer yet and belong to another subscription by then. */
	dropped: number;
}

export interface RePointed extends PairChange {
	/** False: the ledger belonged to both systems already, and nothing was changed. */
	isDone: boolean;
}

export interface RePointOptions {
	/** A copy of an environment may have come in its place under the same id. */
	evenIfSame?: boolean;
	/** Copies the ledger as it is, while nobody can begin anything; where that fails nothing is changed. */
	keepCopy?(db: Db): Promise<void>;
}

/** What another pair of systems would change. Reads the ledger alone. @throws CannotDo where there is nothing to re-point */
export async function pairChange(db: Db, pair: NewPair): Promise<PairChange> {
	if (!(await isBound(db)))
		throw new CannotDo(
			'This sync has not run yet, so there is nothing to re-point',
			'Choose the credentials of the two systems in the steps of the workflow and publish it: the first run takes these systems as its own',
		);
	const systems = [pair.dynamics, pair.marketo];
	const other = await otherThanOwn(db, systems);
	const lanes = await allLanes(db);
	let [linked, dropped] = [0, 0];
	for (const { name } of lanes) {
		linked += await countLinked(db, name);
		if (other.has('marketo')) dropped += await countUnanswered(db, name);
	}
	return {
		from: await ownSystems(db),
		to: { dynamics: nameOf(pair.dynamics), marketo: nameOf(pair.marketo) },
		other: [...other],
		linked,
		dropped,
	};
}

/**
 * R44: the ledger belongs to another pair of systems from now on, in one transaction: nothing of the former pair's
 * records is used any more, who belongs to whom is matched as in a first run. What names no record stays: who runs each
 * lane, whether it is paused, the field mapping. Stops end, since they were about the former systems, and the next runs are due.
 * Where the ledger belongs to both already nothing is changed, so that it may be repeated.
 *
 * @throws CannotDo while a run is on, people of a campaign are worked on, or a write may still arrive
 */
export async function rePoint(
	ledger: Ledger,
	pair: NewPair,
	{ evenIfSame = false, keepCopy = async () => {} }: RePointOptions = {},
): Promise<RePointed> {
	return await ledger.db.transaction().execute(async (db) => {
		const change = await pairChange(db, pair);
		if (change.other.length === 0 && !evenIfSame) return { ...change, isDone: false };
		await refuseWhileBusy(ledger, db);
		await keepCopy(db);
		await beginNewLife(ledger, db, pair);
		return { ...change, isDone: true };
	});
}

async function refuseWhileBusy(ledger: Ledger, db: Db): Promise<void> {
	const now = ledger.clock.now();
	for (const { name, run, leaseUntil } of await allLanes(db)) {
		if (run !== null && leaseUntil > now)
			throw new CannotDo(
				'A run of the sync is in progress',
				'Choose Pause, wait until Show Status says Paused, then re-point',
			);
		if (await isTakenNow(db, name, now))
			throw new CannotDo(
				'People whom a campaign has sent are being synced right now',
				'Try again in a minute',
			);
		await refuseWhileWriting(ledger, db, name);
	}
}

async function beginNewLife(ledger: Ledger, db: Db, pair: NewPair): Promise<void> {
	const systems = [pair.dynamics, pair.marketo];
	const now = ledger.clock.now();
	await forgetRecords(db, await otherThanOwn(db, systems));
	await bindTo(db, systems);
	// R42: the workflows remember how far the ledger was; it counts on from there.
	await trustAgain(db);
	if ((await lostKey(ledger, db)) !== undefined) await takeKeyOver(ledger, db);
	for (const { name } of await allLanes(db))
		await changeLane(db, name, {
			stopped: null,
			waitingFor: null,
			nextDue: now,
			run: null,
			owner: null,
			ownerPid: null,
			leaseUntil: 0,
			crashes: 0,
			deletesAllowed: 0,
		});
}
