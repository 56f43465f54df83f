import type { PageStart } from '../items';
import { crashesAfter } from './crashes';
import { whyStopped } from './keyStop';
import { isCopyStopped, quotaStop } from './dayQuota';
import { recoverPlans } from './recover';
import { cutWaits } from '../ledger/clock';
import { forgetHandedOut } from '../ledger/due';
import { areFeedsDrained, feedsOf, isMoreLeft, type Feed } from '../ledger/feeds';
import { changeLane, changeLaneInRun, openLane, type Lane, type LaneChange } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { isSomethingLeft } from '../ledger/left';
import { isSomethingToWrite } from '../ledger/plans';
import { isProblemUntold } from '../ledger/laneProblem';
import {
	addPage,
	beginRun,
	closePage,
	finishRun,
	lastPages,
	openPageOf,
	pageMadeNoProgress,
	runOf,
	SUPERSEDED,
	type Page,
	type Run,
} from '../ledger/runs';
import type { Db } from '../ledger/schema';
import { causesAreOver } from '../ledger/told';
import { forgetInTime } from './forgetOld';
import { dueWithThisRound } from '../ledger/requests';
import { tokenOf, type PageRef } from './token';

/** No lease is longer than this many, whatever call it is stretched over. */
const LONGEST_LEASES = 2;
/** No vendor is waited for longer than its day. */
const LONGEST_WAIT_MS = 25 * 3_600_000;
/** Pages without progress that end a run. */
const PAGES_WITHOUT_PROGRESS = 3;
/** The background has this long before the feeds are read again, where runs follow each other faster; milliseconds. */
const LEAST_TURN = 60_000;

export interface LaneSetting {
	lane: string;
	/** n8n's workflow id; the lane is bound to it. */
	workflow: string;
	/** Milliseconds from the end of a run to the next. */
	interval: number;
	/** Random per process; after an @ the machine. */
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
		const lane = await openLane(db, setting.lane, now);
		const refused = await refusal(ledger, db, lane, setting);
		if (refused) return refused;
		await cutToTheClock(ledger, db, lane, setting.interval);
		if (lane.run) {
			const mine = lane.owner === setting.owner;
			const ownerIsDead =
				!mine && isOfThisMachine(lane, setting) && !setting.isAlive(lane.ownerPid!);
			const over = lane.leaseUntil <= now || ownerIsDead;
			if (!mine && !over) {
				return {
					do: 'wait',
					until: lane.leaseUntil,
					why: 'Another n8n process is running this sync',
				};
			}
			const open = await openPageOf(db, lane.run);
			if (mine && open && lane.leaseUntil > now) {
				return { do: 'wait', until: null, why: 'A page of this run is being worked on' };
			}
			// The run goes on under a new id: whatever still runs under the old one is refused (R8).
			await closeOpenPage(ledger, db, lane, 'the execution ended without a result');
			await endRun(db, ledger, lane, setting.interval, 'taken over');
			lane.nextDue = now;
		}
		if (lane.nextDue > now)
			return { do: 'wait', until: lane.nextDue, why: lane.waitingFor ?? 'Nothing is due yet' };
		return await openRun(ledger, db, lane, setting);
	});
}

/** R40: whether its process lives is known of this machine alone. Two containers may have the same number, too. */
function isOfThisMachine({ owner, ownerPid }: Lane, setting: LaneSetting): boolean {
	if (ownerPid === null) return false;
	const machine = owner?.split('@')[1];
	return machine === undefined || machine === setting.owner.split('@')[1];
}

/**
 * Closes the page whose execution has ended, however it ended, and opens the next or ends the run (R1).
 * With `goOn` false (the trigger is being taken out of service) it opens none, and the next run is due at once.
 */
export async function afterPage(
	ledger: Ledger,
	setting: LaneSetting,
	ref: PageRef,
	goOn = true,
): Promise<Look> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const lane = await openLane(db, setting.lane, now);
		if (lane.run !== ref.run || lane.owner !== setting.owner) {
			return { do: 'wait', until: null, why: 'The run has been taken over' };
		}
		const page = await closeOpenPage(ledger, db, lane, 'the execution ended early');
		const end = async (outcome: string, interval = setting.interval): Promise<Look> => {
			await endRun(db, ledger, lane, interval, outcome);
			return { do: 'wait', until: lane.nextDue, why: outcome };
		};
		const refused = await refusal(ledger, db, lane, setting);
		if (refused) return await end(refused.why);
		if (lane.waitingFor && lane.nextDue > now) return await end(lane.waitingFor);
		const run = await runOf(db, ref.run);
		if (run.mappingHash === SUPERSEDED) return await end('the field mapping was changed', 0);
		if (!(page && isProgress(page)) && (await withoutProgress(db, ref.run)))
			return await end('stopped because it made no progress');
		const feeds = await feedsOf(db, lane.name);
		const somebody = await somebodyWaits(ledger, db, lane, feeds);
		const isLeft = somebody || isMoreLeft(feeds);
		// R57: with what the page has used the day's share may be gone.
		const spent = await quotaStop(db, lane, now, !isLeft);
		if (spent) await change(db, lane, { waitingFor: spent.why, nextDue: spent.until });
		if (!isLeft) return await end('done');
		if (spent) return await end(spent.why);
		if (!somebody && (await isCopyStopped(db, now))) return await end('done');
		// R50: what goes on in the background makes room for the feeds, again and again.
		if (!somebody && isTurnOver(run, setting, now)) return await end('done', 0);
		if (!goOn) return await end('the workflow was unpublished', 0);
		return await openPage(ledger, db, lane, ref.run, setting);
	});
}

/**
 * Keeps the lease alive while an execution of this process works on a page. Returns false when the run
 * is no longer this one: somebody freed it, or took it over.
 */
export async function heartbeat(
	ledger: Ledger,
	setting: LaneSetting,
	run: string,
): Promise<boolean> {
	return await changeLaneInRun(
		ledger.db,
		setting.lane,
		run,
		{ leaseUntil: ledger.clock.now() + ledger.timing.lease },
		setting.owner,
	);
}

/**
 * R1: true once the page's execution has nothing left to do: all was decided, and what was to be written was. It stays
 * so, since a page decides once.
 */
export async function isWorkedOff({ db }: Ledger, { lane, run, page }: PageRef): Promise<boolean> {
	const open = await openPageOf(db, run);
	if (!open || open.number !== page) return true;
	return open.isCommitted && !(await isSomethingToWrite(db, lane, run));
}

/**
 * The next round starts at the next look; after a run that is on, which may have read what it is asked for before
 * it was there. A quota wait is cut short once: that is the probe.
 */
export async function syncNow(ledger: Ledger, name: string): Promise<void> {
	await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const lane = await openLane(db, name, now);
		if (lane.run && lane.waitingFor !== null && lane.nextDue > now) return;
		await changeLane(db, name, { nextDue: now, waitingFor: null });
	});
}

/** R40: no lease and no pause that a clock has set while it was ahead outlasts what it is meant for. */
async function cutToTheClock(ledger: Ledger, db: Db, lane: Lane, interval: number): Promise<void> {
	const { clock, timing } = ledger;
	const now = clock.now();
	const cut: LaneChange = {};
	if (lane.leaseUntil > now + LONGEST_LEASES * timing.lease) cut.leaseUntil = now + timing.lease;
	const longest = lane.waitingFor === null ? interval : LONGEST_WAIT_MS;
	if (lane.nextDue > now + longest) cut.nextDue = now + interval;
	if (Object.keys(cut).length > 0) await change(db, lane, cut);
}

/** In the ledger, and as this transaction has it. */
async function change(db: Db, lane: Lane, to: LaneChange): Promise<void> {
	Object.assign(lane, to);
	await changeLane(db, lane.name, to);
}

async function refusal(
	ledger: Ledger,
	db: Db,
	lane: Lane,
	setting: LaneSetting,
): Promise<{ do: 'wait'; until: null; why: string } | null> {
	if (lane.workflow && lane.workflow !== setting.workflow) {
		return {
			do: 'wait',
			until: null,
			why: 'Another workflow runs this sync. Unpublish it, then use Take Over in the Marketo Dynamics Sync node',
		};
	}
	if (lane.isPaused) return { do: 'wait', until: null, why: 'The sync is paused' };
	const stopped = await whyStopped(ledger, lane, db);
	return stopped === null ? null : { do: 'wait', until: null, why: stopped };
}

async function openRun(ledger: Ledger, db: Db, lane: Lane, setting: LaneSetting): Promise<Look> {
	const now = ledger.clock.now();
	const run = ledger.random.id();
	await beginRun(db, run, lane.name, now);
	await cutWaits(ledger, db, lane.name);
	// What a run before this one left in the air is settled by reading (R15).
	await recoverPlans(ledger, db, { lane: lane.name, run });
	await dueWithThisRound(ledger, db, lane.name);
	return await openPage(ledger, db, lane, run, setting, {
		run,
		workflow: setting.workflow,
		nextDue: now,
		waitingFor: null,
		cycle: lane.cycle + 1,
	});
}

async function openPage(
	ledger: Ledger,
	db: Db,
	lane: Lane,
	run: string,
	setting: LaneSetting,
	begun: LaneChange = {},
): Promise<Look> {
	const now = ledger.clock.now();
	const number = await addPage(db, run, now);
	await changeLane(db, lane.name, {
		...begun,
		owner: setting.owner,
		ownerPid: setting.pid,
		leaseUntil: now + ledger.timing.lease,
	});
	const ref = { lane: lane.name, run, page: number, ledger: ledger.id };
	return {
		do: 'page',
		ref,
		start: { kind: 'start', page: tokenOf(ref), preview: false, label: `Page ${number}` },
	};
}

/** Closes the run's open page, if there is one, and sees to what it left behind. */
export async function closeOpenPage(
	ledger: Ledger,
	db: Db,
	lane: Lane,
	why: string,
): Promise<Page | undefined> {
	const now = ledger.clock.now();
	const page = await closePage(db, lane.run!, now);
	if (!page) return undefined;
	const crashes = crashesAfter(lane, page.isCommitted, now);
	if (crashes !== lane.crashes) await change(db, lane, { crashes });
	const notReached = await recoverPlans(
		ledger,
		db,
		{ lane: lane.name, run: lane.run! },
		page.isCommitted ? undefined : why,
	);
	// An update node that fails (or is switched off) fails on every page: deciding again is no progress.
	if (notReached > 0) await pageMadeNoProgress(db, page);
	await forgetInTime(ledger, db);
	return notReached > 0 ? { ...page, records: 0 } : page;
}

/** Ends the run of a lane, as this transaction has it. The next is due after `interval`, or when what it waits for is over. */
export async function endRun(
	db: Db,
	ledger: Ledger,
	lane: Lane,
	interval: number,
	outcome: string,
) {
	const now = ledger.clock.now();
	if (outcome === 'done') await causesAreOver(db, lane.name, now);
	const run = await finishRun(db, lane.run!, now, outcome);
	await forgetHandedOut(db, lane.name);
	const waits = lane.waitingFor !== null && lane.nextDue > now;
	const isAskedFor = lane.waitingFor === null && lane.nextDue > run.startedAt;
	await change(db, lane, {
		run: null,
		owner: null,
		ownerPid: null,
		leaseUntil: 0,
		nextDue: waits ? lane.nextDue : isAskedFor ? now : now + interval,
		...(waits ? {} : { waitingFor: null }),
		// R35: what a person let through is used up by the deletes of a run, and by a run that has read everything.
		deletesAllowed: outcome === 'done' ? 0 : Math.max(0, lane.deletesAllowed - run.counts.gone),
	});
}

const isProgress = ({ isCommitted, records }: Page) => isCommitted && records > 0;

async function withoutProgress(db: Db, run: string): Promise<boolean> {
	const last = await lastPages(db, run, PAGES_WITHOUT_PROGRESS);
	return last.length === PAGES_WITHOUT_PROGRESS && !last.some(isProgress);
}

/** What people wait for, and what goes on in the background. */
export async function somethingIsLeft(ledger: Ledger, db: Db, lane: Lane): Promise<boolean> {
	const feeds = await feedsOf(db, lane.name);
	return (await somebodyWaits(ledger, db, lane, feeds)) || isMoreLeft(feeds);
}

/** Feeds that this run has not read to their end, records that are due, words that nobody was told. */
async function somebodyWaits(
	ledger: Ledger,
	db: Db,
	lane: Lane,
	feeds: ReadonlyMap<string, Feed>,
): Promise<boolean> {
	if (!areFeedsDrained(feeds, lane.run)) return true;
	const by = { lane: lane.name, run: lane.run ?? '' };
	return (await isSomethingLeft(ledger, db, by)) || (await isProblemUntold(db, lane.name));
}

/** The feeds were read longer ago than people are to wait. */
function isTurnOver({ startedAt }: Run, { interval }: LaneSetting, now: number): boolean {
	return startedAt + Math.max(interval, LEAST_TURN) <= now;
}
