import { isParentsFeed, whyParentsFail } from '../page/savedParents';
import { somethingIsLeft } from '../schedule/runs';
import { isCopyStopped, isTooFew } from '../schedule/dayQuota';
import { whyStopped } from '../schedule/keyStop';
import { callsToday } from '../ledger/callCount';
import { dayUsage } from '../ledger/dayUsage';
import type { Ledger } from '../ledger/ledger';
import { countQuestions } from '../ledger/conflicts';
import { feedsOf, isMoreLeft } from '../ledger/feeds';
import { countDue } from '../ledger/due';
import { findLane, isLeft, type Lane } from '../ledger/lanes';
import { laneProblems } from '../ledger/laneProblem';
import { countLinked } from '../ledger/links';
import { isWriting } from '../ledger/plans';
import { countRefusals } from '../ledger/refusals';
import { lastCompleteRun, lastRun, NO_COUNTS, type Run } from '../ledger/runs';
import { runBy, type RunBy } from '../ledger/runBy';
import type { Db } from '../ledger/schema';
import { CHILDREN } from '../lanes/references';
import { countWaiting } from '../ledger/waiting';
import { fillingOf } from '../page/fill';
import { filterAsked } from '../page/leftOut';
import { progressOf } from '../page/progress';
import { problemInWords } from '../page/problemItems';
import { lateInWords } from '../page/readLog';
import { skippedRows } from '../page/skippedItems';
import { inWords as skippedInWords } from '../page/tables';
import { laneName } from './lanes';
import { counted, iso, moment } from './words';

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

const DATES: ReadonlyArray<keyof StatusRow> = [
	'asOf',
	'lastRun',
	'lastRunEnded',
	'nextRun',
	'goesOnAt',
];
const TEXTS: ReadonlyArray<keyof StatusRow> = ['lane', 'status', 'notes'];

/** Of the workflow that runs the sync. */
export const KEEPS_EXECUTIONS = {
	found: "n8n keeps every healthy run of the sync's workflow, with values of people in it",
	remedy:
		'Open the Settings of that workflow, set "Save successful production executions" to "Do not save", and publish it again',
};

const RUNNING = 'Running';
const number = (count: number) => count.toLocaleString('en-US');

/** Silence after which nobody seems to start what is due: this many leases. */
const SILENT_LEASES = 2;

/** What a lane is doing, in words. Changes nothing. */
export async function statusOf(
	ledger: Ledger,
	name: string,
	notes: string[] = [],
	db: Db = ledger.db,
): Promise<StatusRow> {
	const now = ledger.clock.now();
	const lane = await findLane(db, name);
	const stopped = await whyStopped(ledger, lane, db);
	const run = await lastRun(db, name);
	const finished = lane?.run ? await nothingIsLeft(ledger, db, lane) : false;
	const counts = run?.counts ?? NO_COUNTS;
	const due = await countDue(db, name);
	const complete = finished ? run : await lastCompleteRun(db, name);
	const by = await runBy(db, name, lane?.workflow);
	const planned = lane && !isLeft(lane) && !lane.run && !lane.isPaused && !stopped;
	const waits = planned && lane.waitingFor !== null && lane.nextDue > now;
	return {
		lane: ledger.name ? `${laneName(name)} (${ledger.name})` : laneName(name),
		status: stopped
			? `Stopped: ${stopped}`
			: await withProgress(db, run, now, inWords(ledger, lane, run, finished, by)),
		asOf: iso(now),
		lastRun: run ? iso(run.startedAt) : null,
		// Record Results is part of the run's last page: the run is over with it.
		lastRunEnded: run?.endedAt ? iso(run.endedAt) : finished ? iso(now) : null,
		nextRun: planned ? iso(lane.nextDue) : null,
		linked: counts.linked,
		created: counts.created,
		toDynamics: counts.toDynamics,
		toMarketo: counts.toMarketo,
		conflicts: counts.conflicts,
		gone: counts.gone,
		linkedInAll: await countLinked(db, name),
		openQuestions: await countQuestions(db, name),
		needHelp: due.needHelp,
		heldFields: await countRefusals(db, name),
		waiting: due.waiting,
		goesOnAt: waits ? iso(lane.nextDue) : null,
		marketoCallsToday: await callsToday(db, 'marketo', now),
		lagSeconds: complete ? Math.max(0, Math.round((now - complete.startedAt) / 1000)) : null,
		notes: [
			...notes,
			...(await leftOutInWords(db, name)),
			...(await waitingInWords(db, name)),
			...(await fillingInWords(db, name)),
			...(await skippedRows(db, name)).map(skippedInWords),
			...(await problemsInWords(db, name)),
			...(await parentsInWords(db, name)),
			...(await lateInWords(ledger, name, db)),
			...(await callsInWords(db, name, now)),
			...(by?.keepsExecutions ? [`${KEEPS_EXECUTIONS.found}. ${KEEPS_EXECUTIONS.remedy}.`] : []),
		].join(' '),
	};
}

/** `Running: 12,000 of about 100,000 records read, 88,000 left, 8,300 a minute, done about 14:05 UTC`. */
async function withProgress(
	db: Db,
	run: Run | undefined,
	now: number,
	words: string,
): Promise<string> {
	const progress = words === RUNNING && run && (await progressOf(db, run.lane, run, now));
	if (!progress) return words;
	const { read, total, left, perMinute, endsAt } = progress;
	const parts = [
		total === null ? 'all records read' : `${number(read)} of about ${number(total)} records read`,
		total === null ? `${number(left)} to check again` : `${number(left)} left`,
	];
	if (perMinute > 0) parts.push(`${number(perMinute)} a minute`);
	if (endsAt !== null) parts.push(`done about ${soonAs(endsAt, now)}`);
	return `${words}: ${parts.join(', ')}`;
}

/** The time of day, with the day where it is another one. */
function soonAs(time: number, now: number): string {
	const [day, clock] = iso(time).slice(0, 16).split('T');
	return iso(now).startsWith(day!) ? `${clock} UTC` : `${day} ${clock} UTC`;
}

async function problemsInWords(db: Db, lane: string): Promise<string[]> {
	const problems = await laneProblems(db, lane);
	return problems
		.filter(({ status }) => status === 'needs help')
		.map((problem) => `${problemInWords(problem)}. ${problem.remedy}.`);
}

/** R58: all else goes on, so that nothing else tells of it. */
async function parentsInWords(db: Db, lane: string): Promise<string[]> {
	const parents = [...(await feedsOf(db, lane))].filter(([name]) => isParentsFeed(name));
	const [why] = parents.flatMap(([, { cursor }]) => whyParentsFail(cursor) ?? []);
	return why === undefined
		? []
		: [
				`Edits of accounts, users and teams do not reach the records that show them at the moment: ${why}. The sync tries again by itself.`,
			];
}

/** R54: whom the filter leaves out who took part before; and what it asks for. */
async function leftOutInWords(db: Db, lane: string): Promise<string[]> {
	const count = await countLinked(db, lane, 'leftOut');
	const asked = await filterAsked(db, lane);
	return [
		...(asked ? [`The sync filter takes ${asked}.`] : []),
		...(count > 0
			? [
					`It leaves out ${counted(count, 'linked record', 'linked records')} that took part before.`,
				]
			: []),
	];
}

/** R39: nobody needs help for what goes on by itself, but it is not there yet. */
async function waitingInWords(db: Db, lane: string): Promise<string[]> {
	const waiting = await countWaiting(db, lane);
	if (waiting === 0) return [];
	const words = CHILDREN[lane] ?? ['record', 'records'];
	return [
		`${counted(waiting, ...words)} ${waiting === 1 ? 'waits' : 'wait'} for the records they belong to.`,
	];
}

/** R57: what is left of the day is nobody's worry before much of it is gone. */
async function callsInWords(db: Db, lane: string, now: number): Promise<string[]> {
	const usage = await dayUsage(db, 'marketo', now);
	if (!usage || usage.used < usage.allowed / 2) return [];
	const { used, allowed, own } = usage;
	const waits = isMoreLeft(await feedsOf(db, lane)) && (await isCopyStopped(db, now));
	return [
		`Of Marketo's ${number(allowed)} calls of today ${number(used)} are used, ${number(own)} of them by the sync.`,
		...(isTooFew(usage)
			? [
					'That is more than Calls per Day in the Marketo credential says: enter there how many the subscription has.',
				]
			: []),
		...(waits ? ['Records in the background continue the next day.'] : []),
	];
}

/** R50: how far a change of the mapping has come. */
async function fillingInWords(db: Db, lane: string): Promise<string[]> {
	const filling = await fillingOf(db, lane);
	if (!filling) return [];
	const { rows, records, done } = filling;
	const which = counted(rows.length, 'changed mapping row', 'changed mapping rows');
	return [`Filling ${which}: ${number(done)} of ${number(records)} linked records.`];
}

/** The columns of a status row with the types of an n8n Data Table, in the order of the row. */
export function statusColumns(row: StatusRow): StatusColumn[] {
	return (Object.keys(row) as Array<keyof StatusRow>).map((name) => ({
		name,
		type: DATES.includes(name) ? 'date' : TEXTS.includes(name) ? 'string' : 'number',
	}));
}

function inWords(
	ledger: Ledger,
	lane: Lane | undefined,
	run: Run | undefined,
	finished: boolean,
	by: RunBy | undefined,
): string {
	const now = ledger.clock.now();
	if (lane && isLeft(lane)) return 'Left: no workflow runs this sync any longer';
	if (lane?.isPaused) return lane.run ? 'Paused: the current execution ends first' : 'Paused';
	if (lane?.run) {
		if (lane.leaseUntil <= now) {
			return `Waiting: the run has given no sign of life since ${moment(lane.leaseUntil - ledger.timing.lease)}; it is taken over as soon as the trigger looks again`;
		}
		if (lane.waitingFor && lane.nextDue > now) return `Waiting: ${lane.waitingFor}`;
		return finished ? 'Up to date' : RUNNING;
	}
	if (lane?.waitingFor && lane.nextDue > now) return `Waiting: ${lane.waitingFor}`;
	if (lane && lane.nextDue + SILENT_LEASES * ledger.timing.lease < now) {
		const starter = by
			? `the workflow "${by.name}", which runs the sync, does not start it. Publish that one, or use Take Over in the workflow that should run it`
			: 'nothing starts it. Is the workflow with the Marketo Dynamics Sync Trigger published?';
		return `Waiting: due since ${moment(lane.nextDue)}, but ${starter}`;
	}
	if (!lane || !run)
		return 'Not started yet: publish the workflow with the Marketo Dynamics Sync Trigger';
	if (lane.nextDue <= now) return 'Waiting: starts within seconds';
	return run.outcome === 'done'
		? 'Up to date'
		: `Waiting: the last run ended early (${run.outcome ?? 'for an unknown reason'}); the next one continues`;
}

/** The run goes on until its page has ended, but this page was its last. */
async function nothingIsLeft(ledger: Ledger, db: Db, lane: Lane): Promise<boolean> {
	return !(await isWriting(db, lane.name)) && !(await somethingIsLeft(ledger, db, lane));
}
