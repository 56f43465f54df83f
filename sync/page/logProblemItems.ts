import type { HelpItem } from '../items';
import { logProblem, logProblemTold, type LogProblem } from '../ledger/logProblem';
import type { Page } from './page';

/** Told once, when it begins and when it is over. */
export async function logProblemItems({ db, ref, token, definition }: Page): Promise<HelpItem[]> {
	const problem = await logProblem(db, ref.lane);
	if (!problem || problem.isTold) return [];
	await logProblemTold(db, ref.lane, problem);
	const { status, remedy, since, run } = problem;
	return [
		{
			kind: 'help',
			page: token,
			id: 'activityLog',
			status,
			label: 'Activity log',
			table: definition.object,
			recordId: '',
			dynamicsLink: '',
			field: '',
			reason: logRefusedInWords(problem),
			remedy,
			since,
			run,
		},
	];
}

export function logRefusedInWords({ reason }: Pick<LogProblem, 'reason'>): string {
	return `Marketo does not accept entries in people's activity logs: ${reason}`;
}
