import type { HelpItem } from '../items';
import type { InRun } from './due';
import { dropMeta, metaValues, setMeta } from './meta';
import type { Db } from './schema';

/** What may be wrong with all records of a lane at once: entries of the activity log are refused; nobody may be made (R59). */
export type LaneProblemKind = 'activityLog' | 'mayNotCreate';

/** One word for all records, since one cause keeps out many. */
export interface LaneProblem {
	kind: LaneProblemKind;
	reason: string;
	remedy: string;
	since: string;
	run: string;
	status: HelpItem['status'];
	isTold: boolean;
	/** When it is looked at next whether it is over; 0: with the next record. */
	nextLook: number;
}

const KINDS: readonly LaneProblemKind[] = ['activityLog', 'mayNotCreate'];
const nameFor = (lane: string, kind: LaneProblemKind) => `${kind}.${lane}`;

export async function laneProblem(
	db: Db,
	lane: string,
	kind: LaneProblemKind,
): Promise<LaneProblem | undefined> {
	return (await laneProblems(db, lane)).find((problem) => problem.kind === kind);
}

export async function laneProblems(db: Db, lane: string): Promise<LaneProblem[]> {
	const kept = await metaValues(
		db,
		KINDS.map((kind) => nameFor(lane, kind)),
	);
	return KINDS.flatMap((kind) => {
		const problem = kept.get(nameFor(lane, kind));
		return problem === undefined
			? []
			: [{ nextLook: 0, ...(JSON.parse(problem) as Omit<LaneProblem, 'nextLook'>), kind }];
	});
}

/** It is met, again perhaps: the same cause is told once. */
export async function problemMet(
	db: Db,
	{ lane, run }: InRun,
	kind: LaneProblemKind,
	{ reason, remedy }: Pick<LaneProblem, 'reason' | 'remedy'>,
	now: number,
	nextLook = 0,
): Promise<void> {
	const before = await laneProblem(db, lane, kind);
	const isKnown = before?.status === 'needs help' && before.reason === reason;
	if (isKnown && before.nextLook === nextLook) return;
	const since = new Date(now).toISOString();
	const problem: LaneProblem = isKnown
		? { ...before, nextLook }
		: { kind, reason, remedy, since, run, status: 'needs help', isTold: false, nextLook };
	await keep(db, lane, problem);
}

export async function problemOver(db: Db, lane: string, kind: LaneProblemKind): Promise<void> {
	const before = await laneProblem(db, lane, kind);
	if (!before || before.status === 'solved') return;
	if (before.isTold)
		await keep(db, lane, { ...before, status: 'solved', isTold: false, nextLook: 0 });
	else await dropMeta(db, nameFor(lane, kind));
}

/** Whether there is something to tell people. */
export async function isProblemUntold(db: Db, lane: string): Promise<boolean> {
	return (await laneProblems(db, lane)).some(({ isTold }) => !isTold);
}

/** People were told how it is. */
export async function problemTold(db: Db, lane: string, problem: LaneProblem): Promise<void> {
	if (problem.status === 'solved') await dropMeta(db, nameFor(lane, problem.kind));
	else await keep(db, lane, { ...problem, isTold: true });
}

async function keep(db: Db, lane: string, problem: LaneProblem): Promise<void> {
	await setMeta(db, nameFor(lane, problem.kind), JSON.stringify(problem));
}
