import type { HelpItem } from '../items';
import { dropMeta, metaValue, setMeta } from './meta';
import type { Db } from './schema';

/** Why entries of the activity log do not arrive: of all people one word, since one cause keeps out many. */
export interface LogProblem {
	reason: string;
	remedy: string;
	since: string;
	run: string;
	status: HelpItem['status'];
	isTold: boolean;
}

const nameFor = (lane: string) => `activityLog.${lane}`;

export async function logProblem(db: Db, lane: string): Promise<LogProblem | undefined> {
	const kept = await metaValue(db, nameFor(lane));
	return kept === undefined ? undefined : (JSON.parse(kept) as LogProblem);
}

/** Marketo refused entries; the same cause is told once. */
export async function logIsRefused(
	db: Db,
	{ lane, run }: { lane: string; run: string },
	cause: Pick<LogProblem, 'reason' | 'remedy'>,
	now: number,
): Promise<void> {
	const before = await logProblem(db, lane);
	if (before?.status === 'needs help' && before.reason === cause.reason) return;
	const since = new Date(now).toISOString();
	const { reason, remedy } = cause;
	await keep(db, lane, { reason, remedy, since, run, status: 'needs help', isTold: false });
}

/** Entries arrive, all of them. */
export async function logIsTaken(db: Db, lane: string): Promise<void> {
	const before = await logProblem(db, lane);
	if (!before || before.status === 'solved') return;
	if (before.isTold) await keep(db, lane, { ...before, status: 'solved', isTold: false });
	else await dropMeta(db, nameFor(lane));
}

/** Whether there is something to tell people. */
export async function isLogProblemUntold(db: Db, lane: string): Promise<boolean> {
	return (await logProblem(db, lane))?.isTold === false;
}

/** People were told how it is. */
export async function logProblemTold(db: Db, lane: string, problem: LogProblem): Promise<void> {
	if (problem.status === 'solved') await dropMeta(db, nameFor(lane));
	else await keep(db, lane, { ...problem, isTold: true });
}

async function keep(db: Db, lane: string, problem: LogProblem): Promise<void> {
	await setMeta(db, nameFor(lane), JSON.stringify(problem));
}
