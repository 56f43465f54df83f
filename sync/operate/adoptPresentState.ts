import { isOtherSyncStop } from '../page/otherSync';
import { isWitnessStop, trustAgain } from '../schedule/restoreGuard';
import { giveUpLog } from '../ledger/activityLog';
import { feedsOf, LOG_FEED, setFeed } from '../ledger/feeds';
import { changeLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { forgetBases } from '../ledger/links';
import { lostKey, takeKeyOver } from '../ledger/ownKey';
import { dropPlansOfLiving, unansweredPlans } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import { readAnew } from '../page/dynamicsCursor';
import { FILL_FEED } from '../page/fill';
import { isParentsFeed } from '../page/savedParents';
import { endByHand } from './freeStuckRun';
import { CannotDo } from '../cannotDo';
import { counted, moment } from './words';

export interface Adopted {
	/** Pairs whose two sides are compared as if they met for the first time. */
	links: number;
	/** Writes that were decided or awaited, and are no longer. */
	dropped: number;
	/** True where the sync had stopped because its ledger is behind, or its key is another, and goes on now. */
	stopLifted: boolean;
}

/**
 * R43: takes both systems as they are, because the ledger no longer knows how they came to be so (an older
 * copy was put back, or it was lost, or its key was: then the key at hand is its own from now on). What was
 * last compared, and what was meant to be written, is forgotten; who belongs to whom, what was deleted, and
 * what was refused or asked stays. Everything in Dynamics is read once, and links whose row does not come are
 * asked for one by one. A run that is on ends; the next is due now. A stop for any other reason, or a pause, stays.
 * @throws CannotDo while a write may still arrive: whether it does must be known first
 */
export async function adoptPresentState(ledger: Ledger, lane: string): Promise<Adopted> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const row = await openLane(db, lane, now);
		if (row.run) await endByHand(ledger, db, row, 'ended to adopt the present state');
		await refuseWhileWriting(ledger, db, lane);
		// What a row held, or was sent, when its person was deleted stays known: a user's edit since makes a new person (R29).
		const dropped = await dropPlansOfLiving(db, lane);
		const links = await forgetBases(db, lane, now);
		// Written before the copy was put back, or not: an entry of the activity log is made at most once (R25).
		await giveUpLog(db, lane);
		await compareIds(db, lane);
		const isKeyLost = (await lostKey(ledger, db)) !== undefined;
		if (isKeyLost) await takeKeyOver(ledger, db);
		await trustAgain(db);
		const isBehind = isWitnessStop(row.stopped) || isOtherSyncStop(row.stopped);
		await changeLane(db, lane, {
			...(isBehind ? { stopped: null } : {}),
			nextDue: now,
			waitingFor: null,
		});
		return { links, dropped, stopLifted: isBehind || (isKeyLost && !row.stopped) };
	});
}

/** A full read of a new generation, which ends in asking for the links that it did not meet (R32). */
async function compareIds(db: Db, lane: string): Promise<void> {
	for (const [name, { cursor }] of await feedsOf(db, lane)) {
		if (name !== LOG_FEED && name !== FILL_FEED && !isParentsFeed(name))
			await setFeed(db, lane, name, { cursor: readAnew(cursor), drainedIn: null });
	}
}

/** @throws CannotDo while a write may still arrive */
export async function refuseWhileWriting(ledger: Ledger, db: Db, lane: string): Promise<void> {
	const unanswered = await unansweredPlans(db, lane);
	const ends = unanswered
		.map((plan) => (plan.overAt ?? plan.createdAt) + ledger.timing.unansweredGrace)
		.filter((end) => end > ledger.clock.now());
	if (ends.length === 0) return;
	throw new CannotDo(
		`${counted(ends.length, 'write is', 'writes are')} not answered yet and may still arrive`,
		`Choose it again after ${moment(Math.max(...ends))}. Pause the sync until then, so that no new ones are sent`,
	);
}
