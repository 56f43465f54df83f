import type { Selectable } from 'kysely';
import { knownKey, type KnownKey } from './ownKey';
import type { Db, LaneTable } from './schema';

/** What runs under one lease. */
export interface Lane {
	readonly name: string;
	/** The n8n workflow it is bound to (R41). */
	workflow: string | null;
	isPaused: boolean;
	/** Why the lane stopped by itself and what to do; null while all is well. */
	stopped: string | null;
	nextDue: number;
	/** Why the next round is later than usual (quota, set-up); null: as usual. */
	waitingFor: string | null;
	run: string | null;
	/** Nonce of the process that holds the lease. */
	owner: string | null;
	ownerPid: number | null;
	leaseUntil: number;
	cycle: number;
	/** Pages in a row that were opened and never committed (R37). */
	crashes: number;
	/** Deletes above the set share were confirmed by a person up to this many, for one complete run (R35). */
	deletesAllowed: number;
	/** Read with it: a lane stands still without the ledger's key (R44). */
	readonly key: KnownKey;
}

export type LaneChange = Partial<Omit<Lane, 'name' | 'key'>>;

/** A lane without making one: what nobody has started yet is shown as such. */
export async function findLane(db: Db, name: string): Promise<Lane | undefined> {
	const row = await lanes(db).where('lane.name', '=', name).executeTakeFirst();
	return row && laneOf(row);
}

/** A lane, while that page of that run is open: the one before it is closed first, so it is the run's last. */
export async function laneAtPage(
	db: Db,
	{ lane, run, page }: { lane: string; run: string; page: number },
): Promise<Lane | undefined> {
	const row = await lanes(db)
		.innerJoin('page', 'page.run', 'lane.run')
		.where('lane.name', '=', lane)
		.where('page.run', '=', run)
		.where('page.number', '=', page)
		.where('page.closed_at', 'is', null)
		.executeTakeFirst();
	return row && laneOf(row);
}

/** A lane, made when first asked for. */
export async function openLane(db: Db, name: string, now: number): Promise<Lane> {
	const found = await findLane(db, name);
	if (found) return found;
	const made: LaneChange = {
		workflow: null,
		isPaused: false,
		stopped: null,
		nextDue: now,
		waitingFor: null,
		run: null,
		owner: null,
		ownerPid: null,
		leaseUntil: 0,
		cycle: 0,
		crashes: 0,
		deletesAllowed: 0,
	};
	await db
		.insertInto('lane')
		.values({ name, ...rowOf(made) } as Selectable<LaneTable>)
		.execute();
	return (await findLane(db, name))!;
}

/** All lanes that ever had something to do, by name. */
export async function allLanes(db: Db): Promise<Lane[]> {
	return (await lanes(db).orderBy('lane.name').execute()).map(laneOf);
}

export async function changeLane(db: Db, name: string, change: LaneChange): Promise<void> {
	await db.updateTable('lane').set(rowOf(change)).where('name', '=', name).execute();
}

/** As `changeLane`, while the run is that one, and held by that process where one is named. False: it is not any more. */
export async function changeLaneInRun(
	db: Db,
	name: string,
	run: string,
	change: LaneChange,
	owner?: string,
): Promise<boolean> {
	const inRun = db
		.updateTable('lane')
		.set(rowOf(change))
		.where('name', '=', name)
		.where('run', '=', run);
	const { numUpdatedRows } = await (
		owner === undefined ? inRun : inRun.where('owner', '=', owner)
	).executeTakeFirst();
	return Number(numUpdatedRows) > 0;
}

/** It has run, and its trigger syncs something else by now. */
export function isLeft({ workflow, run, cycle }: Lane): boolean {
	return workflow === null && run === null && cycle > 0;
}

/** What a person has put on the list need not wait for the next round; a wait for a vendor stands. */
export async function startSoon(db: Db, lane: string, now: number): Promise<void> {
	await db
		.updateTable('lane')
		.set({ next_due: now })
		.where('name', '=', lane)
		.where('waiting_for', 'is', null)
		.where('next_due', '>', now)
		.execute();
}

function lanes(db: Db) {
	return db.selectFrom('lane').selectAll('lane').select(knownKey(db));
}

function laneOf({ ownKey, keyCheck, ...row }: Selectable<LaneTable> & KnownKey): Lane {
	return {
		name: row.name,
		workflow: row.workflow,
		isPaused: Boolean(row.paused),
		stopped: row.stopped,
		nextDue: Number(row.next_due),
		waitingFor: row.waiting_for,
		run: row.run,
		owner: row.owner,
		ownerPid: row.owner_pid,
		leaseUntil: Number(row.lease_until),
		cycle: row.cycle,
		crashes: row.crashes,
		deletesAllowed: row.deletes_allowed,
		key: { ownKey, keyCheck },
	};
}

function rowOf(change: LaneChange): Partial<Omit<LaneTable, 'name'>> {
	const {
		workflow,
		isPaused,
		stopped,
		nextDue,
		waitingFor,
		run,
		owner,
		ownerPid,
		leaseUntil,
		cycle,
		crashes,
		deletesAllowed,
	} = change;
	const row: Partial<Omit<LaneTable, 'name'>> = {
		workflow,
		paused: isPaused === undefined ? undefined : Number(isPaused),
		stopped,
		next_due: nextDue,
		waiting_for: waitingFor,
		run,
		owner,
		owner_pid: ownerPid,
		lease_until: leaseUntil,
		cycle,
		crashes,
		deletes_allowed: deletesAllowed,
	};
	return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
