import { somethingIsLeft } from '../lane/due';
import { whyStopped } from '../lane/keyStop';
import { callsToday } from '../ledger/callCount';
import type { Ledger } from '../ledger/ledger';
import type { Db, LaneRow, RunRow } from '../ledger/schema';
import { NO_COUNTS, type RunCounts } from '../page/pageState';
import { findLane, laneName } from './lanes';
import { iso, moment } from './words';

/** One lane in words and numbers, flat: a row of the table *Sync status*. Times are ISO 8601, UTC. */
export type StatusRow = {
	lane: string;
	/** Running, Up to date, Waiting: why, Paused, Stopped: why, Not started yet: … */
	status: string;
	/** When this was true. */
	asOf: string;
	/** Start and end of the present run, or of the last one; null while it runs or before the first. */
	lastRun: string | null;
	lastRunEnded: string | null;
	nextRun: string | null;
	/** Of that run: pairs found, people made, records written on each side, conflicts, records gone. */
	linked: number;
	created: number;
	toDynamics: number;
	toMarketo: number;
	conflicts: number;
	gone: number;
	/** As it stands now. */
	linkedInAll: number;
	openQuestions: number;
	needHelp: number;
	heldFields: number;
	waiting: number;
	/** While the sync waits: when it goes on. */
	goesOnAt: string | null;
	marketoCallsToday: number | null;
	/** Every edit older than this many seconds was looked at; null before the first complete run. */
	lagSeconds: number | null;
	/** What else there is to say, one sentence after the other. */
	notes: string;
};

export type StatusColumn = { name: keyof StatusRow; type: 'string' | 'number' | 'date' };

const DATES: ReadonlyArray<keyof StatusRow> = ['asOf', 'lastRun', 'lastRunEnded', 'nextRun', 'goesOnAt'];
const TEXTS: ReadonlyArray<keyof StatusRow> = ['lane', 'status', 'notes'];

/** Silence after which nobody seems to start what is due: this many leases. */
const SILENT_LEASES = 2;

/** What a lane is doing, in words. Changes nothing. */
export async function statusOf(ledger: Ledger, name: string, notes: string[] = [], db: Db = ledger.db): Promise<StatusRow> {
	const now = ledger.clock.now();
	const lane = await findLane(db, name);
	const stopped = await whyStopped(ledger, lane, db);
	const run = await lastRun(db, name);
	const finished = lane?.run ? await nothingIsLeft(ledger, db, lane) : false;
	const counts: RunCounts = { ...NO_COUNTS, ...(run ? (JSON.parse(run.counts) as Partial<RunCounts>) : {}) };
	const complete = finished ? run : await lastComplete(db, name);
	const planned = lane && !lane.run && !lane.paused && !stopped;
	const waits = planned && lane.waiting_for !== null && lane.next_due > now;
	return {
		lane: laneName(name),
		status: stopped ? `Stopped: ${stopped}` : inWords(ledger, lane, run, finished),
		asOf: iso(now),
		lastRun: run ? iso(run.started_at) : null,
		// Record Results is part of the run's last page: the run is over with it.
		lastRunEnded: run?.ended_at ? iso(run.ended_at) : finished ? iso(now) : null,
		nextRun: planned ? iso(lane.next_due) : null,
		linked: counts.linked,
		created: counts.created,
		toDynamics: counts.toDynamics,
		toMarketo: counts.toMarketo,
		conflicts: counts.conflicts,
		gone: counts.gone,
		linkedInAll: await count(db.selectFrom('link').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'active')),
		openQuestions: await count(db.selectFrom('conflict').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'open')),
		needHelp: await count(db.selectFrom('queue').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'help')),
		heldFields: await count(db.selectFrom('held').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'held')),
		waiting: await count(db.selectFrom('queue').select((e) => e.fn.countAll<number>().as('count')).where('due_at', '>', 0)),
		goesOnAt: waits ? iso(lane.next_due) : null,
		marketoCallsToday: await callsToday(db, 'marketo', now),
		lagSeconds: complete ? Math.max(0, Math.round((now - complete.started_at) / 1000)) : null,
		notes: notes.join(' '),
	};
}

/** The columns of a status row with the types of an n8n Data Table, in the order of the row. */
export function statusColumns(row: StatusRow): StatusColumn[] {
	return (Object.keys(row) as Array<keyof StatusRow>).map((name) => ({
		name,
		type: DATES.includes(name) ? 'date' : TEXTS.includes(name) ? 'string' : 'number',
	}));
}

function inWords(ledger: Ledger, lane: LaneRow | undefined, run: RunRow | undefined, finished: boolean): string {
	const now = ledger.clock.now();
	if (lane?.paused) return lane.run ? 'Paused: the present page ends first' : 'Paused';
	if (lane?.run) {
		if (lane.lease_until <= now) {
			return `Waiting: the run gives no sign of life since ${moment(lane.lease_until - ledger.timing.lease)}; it is taken over as soon as the trigger looks again`;
		}
		if (lane.waiting_for && lane.next_due > now) return `Waiting: ${lane.waiting_for}`;
		return finished ? 'Up to date' : 'Running';
	}
	if (lane?.waiting_for && lane.next_due > now) return `Waiting: ${lane.waiting_for}`;
	if (lane && lane.next_due + SILENT_LEASES * ledger.timing.lease < now) {
		return `Waiting: due since ${moment(lane.next_due)}, but nothing starts it. Is the workflow with the Marketo Dynamics Sync Trigger published?`;
	}
	if (!lane || !run) return 'Not started yet: publish the workflow with the Marketo Dynamics Sync Trigger';
	if (lane.next_due <= now) return 'Waiting: starts within seconds';
	return run.outcome === 'done' ? 'Up to date' : `Waiting: the last run ended early (${run.outcome ?? 'for an unknown reason'}); the next goes on`;
}

/** The run goes on until its page has ended, but this page was its last. */
async function nothingIsLeft(ledger: Ledger, db: Db, lane: LaneRow): Promise<boolean> {
	const writing = await db.selectFrom('plan').select('id').where('state', 'in', ['planned', 'sent']).limit(1).executeTakeFirst();
	return !writing && !(await somethingIsLeft(ledger, db, lane));
}

async function lastRun(db: Db, lane: string): Promise<RunRow | undefined> {
	return await db.selectFrom('run').selectAll().where('lane', '=', lane).orderBy('started_at', 'desc').limit(1).executeTakeFirst();
}

async function lastComplete(db: Db, lane: string): Promise<RunRow | undefined> {
	const ended = db.selectFrom('run').selectAll().where('lane', '=', lane).where('outcome', '=', 'done');
	return await ended.orderBy('started_at', 'desc').limit(1).executeTakeFirst();
}

async function count(query: { executeTakeFirstOrThrow(): Promise<{ count: number }> }): Promise<number> {
	return Number((await query.executeTakeFirstOrThrow()).count);
}
