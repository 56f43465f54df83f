import { CannotDo } from '../cannotDo';
import type { AllRecords, PageOptions, Side, WriteHead, WriteItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { changeLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { plansById } from '../ledger/plans';
import { Pretended } from '../ledger/pretended';
import { runOf } from '../ledger/runs';
import type { LaneMapping } from '../mapping';
import { updateDynamics } from '../campaignActions/wanted';
import { applyMarketo, applyObjects } from '../page/apply';
import { waitFor } from '../page/turnedAway';
import { fillingOf } from '../page/fill';
import { MassDelete } from '../page/gone';
import { readObjectPage } from '../page/oneWay';
import { OtherSync } from '../page/otherSync';
import { progressOf } from '../page/progress';
import { readDynamicsPage } from '../page/readDynamics';
import { readMarketoPage } from '../page/readMarketo';
import { resolvePage } from '../page/resolve';
import {
	ComeBackLater,
	type DynamicsMaker,
	type MarketoObjectPort,
	type MarketoPort,
} from '../ports';
import { whyStopped } from '../schedule/keyStop';
import { afterPage, lookForWork, type LaneSetting, type Look } from '../schedule/runs';
import { lookedUpFields, pretendedDynamics, pretendedMarketo, pretendedObjects } from './pretend';
import { atPace } from './effort';
import { statusOf } from './status';
import { counted } from './words';

/**
 * What all that is due would do, found out by doing it: the sync's own pages, on a copy of the ledger, with writes
 * that are kept aside. So it is right about records that later pages meet again. What a system would refuse, and what is
 * tried again later, it cannot know.
 */
export interface TrialParts {
	/** A copy of the ledger, for this trial alone. */
	copy: Ledger;
	definition: LaneDefinition;
	mapping: LaneMapping;
	/** As a run would have them: who takes part (R54), what merges do (R28), what a change of the mapping reaches (R50). */
	options?: PageOptions;
	dynamics: DynamicsMaker;
	/** What the lane writes to: people, or another object. */
	marketo: { people: MarketoPort } | { objects: MarketoObjectPort };
	/** Calls to either system that it may make. */
	mostCalls: number;
	/** Pages that it may work on. Without: all. */
	mostPages?: number;
	/** Calls that it has made so far. */
	calls(): Record<Side, number>;
	sleep(milliseconds: number): Promise<void>;
	/** How far it is, in words, after each page. */
	onProgress(words: string): void;
}

/** What the copy's lane is bound to. */
const TRIAL = 'trial';
/** One run does it all: there is no next one. Milliseconds. */
const INTERVAL = 365 * 24 * 3_600_000;
/** It waits no longer than this for a system that asks to come back later, each time and in all; milliseconds. */
const LONGEST_WAIT = 60_000;
const LONGEST_WAITS = 10 * 60_000;

/**
 * Runs the trial to its end, or as far as it may.
 *
 * @throws CannotDo where the sync has stopped; SetUpProblem, OtherSystem as a page does
 */
export async function trialOf(parts: TrialParts): Promise<AllRecords> {
	const { copy, definition } = parts;
	await beginTrial(copy, definition.id);
	const pretended = new Pretended(lookedUpFields(definition));
	try {
		return await run(parts, pretended);
	} finally {
		pretended.close();
	}
}

/** A run that is on in the ledger itself goes on there; of the copy its process counts as dead. */
async function beginTrial(copy: Ledger, name: string): Promise<void> {
	const now = copy.clock.now();
	const lane = await openLane(copy.db, name, now);
	const stopped = await whyStopped(copy, lane);
	if (stopped !== null)
		throw new CannotDo(
			`The sync has stopped, so it is unknown what it would do: ${stopped}`,
			'Solve that first, or preview some records instead of all',
		);
	await changeLane(copy.db, name, {
		workflow: null,
		isPaused: false,
		owner: null,
		ownerPid: null,
		leaseUntil: 0,
		...(lane.waitingFor === null && { nextDue: now }),
	});
}

async function run(parts: TrialParts, pretended: Pretended): Promise<AllRecords> {
	const { copy, definition } = parts;
	const setting: LaneSetting = {
		lane: definition.id,
		workflow: TRIAL,
		interval: INTERVAL,
		owner: TRIAL,
		pid: 0,
		isAlive: () => true,
	};
	const startedAt = copy.clock.now();
	const written: Record<Side, number> = { dynamics: 0, marketo: 0 };
	const work = pageOf(parts, pretended, (side) => written[side]++);
	let linked = 0;
	let waited = 0;
	let pages = 0;
	let stopped: string | null = null;
	let far = '';
	let look: Look = await lookForWork(copy, setting);
	for (;;) {
		if (look.do === 'wait') {
			const wait = (look.until ?? Infinity) - copy.clock.now();
			if (look.why === 'done' && wait > LONGEST_WAIT) break;
			if (wait > LONGEST_WAIT || waited + wait > LONGEST_WAITS) {
				stopped = look.why;
				break;
			}
			waited += Math.max(0, wait);
			if (wait > 0) await parts.sleep(wait);
			look = await lookForWork(copy, setting);
			continue;
		}
		const { dynamics, marketo } = parts.calls();
		if (Math.max(dynamics, marketo) >= parts.mostCalls) {
			stopped = `it has made ${counted(parts.mostCalls, 'call')}, as many as Maximum Calls allows`;
			break;
		}
		if (pages === parts.mostPages) {
			stopped = `it was limited to ${counted(pages, 'page')}`;
			break;
		}
		pages++;
		linked += await work(look);
		far = (await howFar(copy, look.ref.run, definition.id)) ?? far;
		parts.onProgress(await progressInWords(copy, definition.id));
		look = await afterPage(copy, setting, look.ref);
	}
	const made = parts.calls();
	return {
		linked,
		changes: pretended.changes(),
		conflicts: pretended.countTold('conflict'),
		needHelp: pretended.countTold('help'),
		calls: {
			dynamics: made.dynamics + written.dynamics,
			marketo: made.marketo + written.marketo,
		},
		milliseconds: copy.clock.now() - startedAt + atPace(written),
		stopped,
		far: stopped === null ? '' : far,
	};
}

/** The steps of one page, as the nodes do them; answers how many records it links. */
function pageOf(parts: TrialParts, pretended: Pretended, onCall: (side: Side) => void) {
	const { copy, definition, mapping, options } = parts;
	const dynamics = pretendedDynamics(parts.dynamics, pretended, onCall);
	const { read, write } =
		'people' in parts.marketo
			? ofPeople(pretendedMarketo(parts.marketo.people, definition, pretended, onCall))
			: ofObjects(pretendedObjects(parts.marketo.objects, pretended, onCall));

	function ofPeople(port: MarketoPort) {
		return {
			read: async (start: Started, rows: unknown[]) =>
				await readMarketoPage(copy, definition, start, rows, mapping, port),
			write: async (items: Array<WriteHead | WriteItem>) =>
				void (await applyMarketo(copy, definition, items, port)),
		};
	}
	function ofObjects(port: MarketoObjectPort) {
		return {
			read: async (start: Started, rows: unknown[]) =>
				await readObjectPage(copy, definition, start, rows, mapping, port),
			write: async (items: Array<WriteHead | WriteItem>) => {
				await countObjects(copy, pretended, items);
				await applyObjects(copy, definition, items, port);
			},
		};
	}

	return async ({ start, ref }: Extract<Look, { do: 'page' }>): Promise<number> => {
		try {
			const from: Started = { ...start, ...options };
			const rows = await readDynamicsPage(copy, definition, from, mapping, dynamics);
			const people = await read(from, rows);
			const resolved = await resolvePage(copy, definition, {
				dynamicsItems: rows,
				marketoItems: people,
				mapping,
			});
			for (const { id } of resolved.conflicts) pretended.tell('conflict', id);
			for (const { id, status } of resolved.needsHelp)
				pretended.tell('help', id, status === 'needs help');
			if (resolved.toDynamics.length > 0)
				await updateDynamics(copy, definition, resolved.toDynamics, dynamics);
			if (resolved.toMarketo.length > 0) await write(resolved.toMarketo);
			return resolved.counts.linked;
		} catch (error) {
			// The lane says why it stands still, or until when.
			if (error instanceof ComeBackLater) await waitFor(copy, ref, error);
			else if (!(error instanceof MassDelete || error instanceof OtherSync)) throw error;
			return 0;
		}
	};
}

/** Of what goes one way each write is seen; a record is known by its link, whatever its key is. */
async function countObjects(
	copy: Ledger,
	pretended: Pretended,
	items: Array<WriteHead | WriteItem>,
): Promise<void> {
	const writes = items.filter((item) => item.kind === 'write');
	const plans = await plansById(
		copy.db,
		writes.map(({ plan }) => plan),
	);
	pretended.write(
		writes.map(({ side, table, operation, plan }) => ({
			side,
			table,
			id: String(plans.get(plan)?.link),
			values: {},
			operation,
			isSeen: true,
		})),
	);
}

type Started = Extract<Look, { do: 'page' }>['start'];

/** `12,000 of about 100,000 records`; undefined where nobody knows of how many. */
async function howFar(
	{ db, clock }: Ledger,
	run: string,
	lane: string,
): Promise<string | undefined> {
	const number = (count: number) => count.toLocaleString('en-US');
	const progress = await progressOf(db, lane, await runOf(db, run), clock.now());
	if (progress && progress.total !== null)
		return `${number(progress.read)} of about ${number(progress.total)} records`;
	const filling = await fillingOf(db, lane);
	if (!filling) return undefined;
	return `${number(filling.done)} of ${number(filling.records)} linked records`;
}

async function progressInWords(copy: Ledger, lane: string): Promise<string> {
	const { status, notes } = await statusOf(copy, lane);
	return [status, notes].filter(Boolean).join('. ');
}
