import { laneRow } from '../lane/due';
import { isWitnessStop, trustAgain } from '../lane/witness';
import type { Ledger } from '../ledger/ledger';
import { lostKey, takeKeyOver } from '../ledger/ownKey';
import type { Db, LinkState } from '../ledger/schema';
import { readAnew, TABLES } from '../page/readDynamics';
import { endByHand } from './freeStuckRun';
import { CannotDo } from './problem';
import { counted, moment } from './words';

const GONE: LinkState[] = ['goneInMarketo', 'goneInDynamics', 'unlinked'];

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
		const row = await laneRow(db, lane, now);
		if (row.run) await endByHand(ledger, db, row, 'ended to adopt the present state');
		await refuseWhileWriting(ledger, db);
		// What a row held, or was sent, when its person was deleted stays known: a user's edit since makes a new person (R29).
		const alive = db.selectFrom('link').select('id').where('state', 'not in', GONE);
		const { numDeletedRows } = await db.deleteFrom('plan').where('link', 'in', alive).executeTakeFirst();
		const unset = { bases_dynamics: '{}', bases_marketo: '{}', version: null, wrote: '{}', updated_at: now };
		const { numUpdatedRows } = await db.updateTable('link').set(unset).where('state', 'not in', GONE).executeTakeFirst();
		// Written before the copy was put back, or not: an entry of the activity log is made at most once (R25).
		await db.updateTable('log').set({ state: 'failed' }).where('state', 'in', ['due', 'sent']).execute();
		await compareIds(db, lane);
		const isKeyLost = (await lostKey(ledger, db)) !== undefined;
		if (isKeyLost) await takeKeyOver(ledger, db);
		await trustAgain(db);
		const isBehind = isWitnessStop(row.stopped);
		await db
			.updateTable('lane')
			.set({ ...(isBehind ? { stopped: null } : {}), next_due: now, waiting_for: null })
			.where('name', '=', lane)
			.execute();
		return { links: Number(numUpdatedRows), dropped: Number(numDeletedRows), stopLifted: isBehind || (isKeyLost && !row.stopped) };
	});
}

/** A full read of a new generation, which ends in asking for the links that it did not meet (R32). */
async function compareIds(db: Db, lane: string): Promise<void> {
	for (const name of TABLES) {
		const feed = await db.selectFrom('feed').select('cursor').where('lane', '=', lane).where('name', '=', name).executeTakeFirst();
		if (!feed) continue;
		await db.updateTable('feed').set({ cursor: readAnew(feed.cursor), drained_in: null }).where('lane', '=', lane).where('name', '=', name).execute();
	}
}

async function refuseWhileWriting(ledger: Ledger, db: Db): Promise<void> {
	const unanswered = await db.selectFrom('plan').select(['over_at', 'created_at']).where('state', 'in', ['sent', 'unknown']).execute();
	const ends = unanswered.map((plan) => (plan.over_at ?? plan.created_at) + ledger.timing.unansweredGrace).filter((end) => end > ledger.clock.now());
	if (ends.length === 0) return;
	throw new CannotDo(
		`${counted(ends.length, 'write is', 'writes are')} not answered yet and may still arrive`,
		`Choose it again after ${moment(Math.max(...ends))}. Pause the sync until then, so that no new ones are sent`,
	);
}
