import type { PageStart } from '../items';
import { whyStopped } from './keyStop';
import { recoverPlans } from './recover';
import type { Ledger } from '../ledger/ledger';
import type { Db, LaneRow } from '../ledger/schema';
import { isSomethingDue } from '../ledger/queue';
import { forgetOldValues } from '../operate/forgetOldValues';
import { dueWithThisRound } from '../requests/inbox';
import { tokenOf, type PageRef } from './token';

/** Pages without progress that end a run. */
const PAGES_WITHOUT_PROGRESS = 3;
/** Days that ended runs and their pages are kept. */
const RUN_DAYS = 30;
/** Days, beyond the overlap, that the echo of a Marketo write is waited for. */
const ECHO_DAYS = 1;

export interface LaneSetting {
	lane: string;
	/** n8n's workflow id; the lane is bound to it. */
	workflow: string;
	/** Milliseconds from the end of a run to the next. */
	interval: number;
	/** Random per process. */
	owner: string;
	pid: number;
	/** True when a process of this machine with that id lives. */
	isAlive(pid: number): boolean;
}

export type Look =
	| { do: 'page'; start: PageStart; ref: PageRef }
	| { do: 'wait'; until: number | null; why: string };

/**
 * What the trigger asks every few seconds: is a page to be started? Opens the run (taking over the
 * lease of a dead one) and the page (R1). Makes no execution by itself; one transaction.
 */
export async function lookForWork(ledger: Ledger, setting: LaneSetting): Promise<Look> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const lane = await laneRow(db, setting.lane, now);
		const refused = await refusal(ledger, db, lane, setting);
		if (refused) return refused;
		if (lane.run) {
			const mine = lane.owner === setting.owner;
			const ownerIsDead = !mine && lane.owner_pid !== null && !setting.isAlive(lane.owner_pid);
			const over = lane.lease_until <= now || ownerIsDead;
			if (!mine && !over) {
				return { do: 'wait', until: lane.lease_until, why: 'Another n8n process is running this sync' };
			}
			const open = await openPageOf(db, lane.run);
			if (mine && open !== null && lane.lease_until > now) {
				return { do: 'wait', until: null, why: 'A page of this run is being worked on' };
			}
			// The run goes on under a new id: whatever still runs under the old one is refused (R8).
			await closeOpenPage(ledger, db, lane, 'the execution ended without a word');
			await endRun(db, ledger, lane, setting.interval, 'taken over');
			lane.next_due = now;
		}
		if (lane.next_due > now) return { do: 'wait', until: lane.next_due, why: lane.waiting_for ?? 'Nothing is due yet' };
		return await openRun(ledger, db, lane, setting);
	});
}

/**
 * Closes the page whose execution has ended, however it ended, and opens the next or ends the run (R1).
 * With `goOn` false (the trigger is being taken out of service) it opens none, and the next run is due at once.
 */
export async function afterPage(ledger: Ledger, setting: LaneSetting, ref: PageRef, goOn = true): Promise<Look> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const lane = await laneRow(db, setting.lane, now);
		if (lane.run !== ref.run || lane.owner !== setting.owner) {
			return { do: 'wait', until: null, why: 'The run has been taken over' };
		}
		await closeOpenPage(ledger, db, lane, 'the execution ended early');
		const end = async (outcome: string, interval = setting.interval): Promise<Look> => {
			await endRun(db, ledger, lane, interval, outcome);
			const after = await laneRow(db, setting.lane, now);
			return { do: 'wait', until: after.next_due, why: outcome };
		};
		const refused = await refusal(ledger, db, lane, setting);
		if (refused) return await end(refused.why);
		if (lane.waiting_for && lane.next_due > now) return await end(lane.waiting_for);
		if (await withoutProgress(db, ref.run)) return await end('stopped after pages without progress');
		if (!(await somethingIsLeft(ledger, db, lane))) return await end('done');
		if (!goOn) return await end('the workflow was unpublished', 0);
		return await openPage(ledger, db, lane, ref.run, setting);
	});
}

/**
 * Keeps the lease alive while an execution of this process works on a page. Returns false when the run
 * is no longer this one: somebody freed it, or took it over.
 */
export async function heartbeat(ledger: Ledger, setting: LaneSetting, run: string): Promise<boolean> {
	const { numUpdatedRows } = await ledger.db
		.updateTable('lane')
		.set({ lease_until: ledger.clock.now() + ledger.timing.lease })
		.where('name', '=', setting.lane)
		.where('owner', '=', setting.owner)
		.where('run', '=', run)
		.executeTakeFirst();
	return numUpdatedRows > 0n;
}

/** The next round starts at the next look. A quota wait is cut short once: that is the probe. */
export async function syncNow(ledger: Ledger, lane: string): Promise<void> {
	await ledger.db.transaction().execute(async (db) => {
		await laneRow(db, lane, ledger.clock.now());
		await db
			.updateTable('lane')
			.set({ next_due: ledger.clock.now(), waiting_for: null })
			.where('name', '=', lane)
			.execute();
	});
}

/** The lane's row, made when first asked for. */
export async function laneRow(db: Db, name: string, now: number): Promise<LaneRow> {
	const found = await db.selectFrom('lane').selectAll().where('name', '=', name).executeTakeFirst();
	if (found) return found;
	const made: LaneRow = {
		name,
		workflow: null,
		paused: 0,
		stopped: null,
		next_due: now,
		waiting_for: null,
		run: null,
		owner: null,
		owner_pid: null,
		lease_until: 0,
		cycle: 0,
		crashes: 0,
		deletes_allowed: 0,
	};
	await db.insertInto('lane').values(made).execute();
	return made;
}

async function refusal(ledger: Ledger, db: Db, lane: LaneRow, setting: LaneSetting): Promise<{ do: 'wait'; until: null; why: string } | null> {
	if (lane.workflow && lane.workflow !== setting.workflow) {
		return {
			do: 'wait',
			until: null,
			why: 'Another workflow runs this sync. Unpublish it, then use Take Over in the Marketo Dynamics Sync node',
		};
	}
	if (lane.paused) return { do: 'wait', until: null, why: 'The sync is paused' };
	const stopped = await whyStopped(ledger, lane, db);
	return stopped === null ? null : { do: 'wait', until: null, why: stopped };
}

async function openRun(ledger: Ledger, db: Db, lane: LaneRow, setting: LaneSetting): Promise<Look> {
	const now = ledger.clock.now();
	const run = ledger.random.id();
	await db
		.insertInto('run')
		.values({ id: run, lane: lane.name, started_at: now, ended_at: null, outcome: null, pages: 0, mapping_hash: null, counts: '{}' })
		.execute();
	await db
		.updateTable('lane')
		.set({ run, workflow: setting.workflow, waiting_for: null, cycle: lane.cycle + 1, owner: setting.owner, owner_pid: setting.pid })
		.where('name', '=', lane.name)
		.execute();
	// What a run before this one left in the air is settled by reading (R15).
	await recoverPlans(ledger, db, run);
	await dueWithThisRound(ledger, db);
	return await openPage(ledger, db, lane, run, setting);
}

async function openPage(ledger: Ledger, db: Db, lane: LaneRow, run: string, setting: LaneSetting): Promise<Look> {
	const now = ledger.clock.now();
	const { pages } = await db.selectFrom('run').select('pages').where('id', '=', run).executeTakeFirstOrThrow();
	const number = pages + 1;
	await db.updateTable('run').set({ pages: number }).where('id', '=', run).execute();
	await db
		.insertInto('page')
		.values({ run, number, opened_at: now, closed_at: null, committed: 0, records: 0 })
		.execute();
	await db
		.updateTable('lane')
		.set({ owner: setting.owner, owner_pid: setting.pid, lease_until: now + ledger.timing.lease })
		.where('name', '=', lane.name)
		.execute();
	const ref = { lane: lane.name, run, page: number, ledger: ledger.id };
	return { do: 'page', ref, start: { kind: 'start', page: tokenOf(ref), preview: false, label: `Page ${number}` } };
}

async function openPageOf(db: Db, run: string): Promise<number | null> {
	const page = await db
		.selectFrom('page')
		.select('number')
		.where('run', '=', run)
		.where('closed_at', 'is', null)
		.executeTakeFirst();
	return page?.number ?? null;
}

/** Closes the run's open page, if there is one, and sees to what it left behind. */
export async function closeOpenPage(ledger: Ledger, db: Db, lane: LaneRow, why: string) {
	const number = await openPageOf(db, lane.run!);
	if (number === null) return;
	const page = await db
		.selectFrom('page')
		.selectAll()
		.where('run', '=', lane.run!)
		.where('number', '=', number)
		.executeTakeFirstOrThrow();
	await db
		.updateTable('page')
		.set({ closed_at: ledger.clock.now() })
		.where('run', '=', lane.run!)
		.where('number', '=', number)
		.execute();
	lane.crashes = page.committed ? 0 : lane.crashes + 1;
	await db.updateTable('lane').set({ crashes: lane.crashes }).where('name', '=', lane.name).execute();
	const notReached = await recoverPlans(ledger, db, lane.run!, page.committed ? undefined : why);
	if (notReached === 0) return;
	// An update node that fails (or is switched off) fails on every page: deciding again is no progress.
	await db.updateTable('page').set({ records: 0 }).where('run', '=', lane.run!).where('number', '=', number).execute();
}

/** Ends the lane's run. The next is due after `interval`, or when what it waits for is over. */
export async function endRun(db: Db, ledger: Ledger, lane: LaneRow, interval: number, outcome: string) {
	const now = ledger.clock.now();
	await db.updateTable('run').set({ ended_at: now, outcome }).where('id', '=', lane.run!).execute();
	const fresh = await laneRow(db, lane.name, now);
	const waits = fresh.waiting_for !== null && fresh.next_due > now;
	await db
		.updateTable('lane')
		.set({
			run: null,
			owner: null,
			owner_pid: null,
			lease_until: 0,
			next_due: waits ? fresh.next_due : now + interval,
			...(waits ? {} : { waiting_for: null }),
			// R35: what a person let through for this once is used up when all was read.
			...(outcome === 'done' ? { deletes_allowed: 0 } : {}),
		})
		.where('name', '=', lane.name)
		.execute();
	const old = now - RUN_DAYS * 86_400_000;
	const gone = db.selectFrom('run').select('id').where('ended_at', '<', old);
	await db.deleteFrom('page').where('run', 'in', gone).execute();
	await db.deleteFrom('run').where('ended_at', '<', old).execute();
	await db.deleteFrom('claim').where('expires_at', '<', now).execute();
	await forgetOldValues(db, now);
	// R13: a write of an equal value has no echo.
	await db.deleteFrom('plan').where('state', '=', 'echo').where('over_at', '<', now - ledger.timing.overlap - ECHO_DAYS * 86_400_000).execute();
}

async function withoutProgress(db: Db, run: string): Promise<boolean> {
	const last = await db
		.selectFrom('page')
		.select(['committed', 'records'])
		.where('run', '=', run)
		.orderBy('number', 'desc')
		.limit(PAGES_WITHOUT_PROGRESS)
		.execute();
	return last.length === PAGES_WITHOUT_PROGRESS && last.every((page) => !page.committed || page.records === 0);
}

/** Feeds that this run has not read to their end, records that are due, words that nobody was told. */
export async function somethingIsLeft(ledger: Ledger, db: Db, lane: LaneRow): Promise<boolean> {
	const feeds = await db.selectFrom('feed').select('drained_in').where('lane', '=', lane.name).execute();
	if (feeds.length === 0 || feeds.some((feed) => feed.drained_in !== lane.run)) return true;
	if (await isSomethingDue(ledger, db, lane.run ?? '')) return true;
	const untold = await db
		.selectFrom('queue')
		.select('subject')
		.where('state', 'in', ['help', 'solved'])
		.where('told', '=', 0)
		.limit(1)
		.executeTakeFirst();
	if (untold) return true;
	const held = await db.selectFrom('held').select('link').where('told', '=', 0).limit(1).executeTakeFirst();
	if (held) return true;
	const log = await db.selectFrom('log').select('id').where('state', '=', 'due').limit(1).executeTakeFirst();
	return Boolean(log);
}
