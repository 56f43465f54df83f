import type { HelpItem } from '../items';
import {
	laneProblems,
	problemTold,
	type LaneProblem,
	type LaneProblemKind,
} from '../ledger/laneProblem';
import type { Page } from './page';

const WORDS: Record<LaneProblemKind, { label: string; what: string }> = {
	activityLog: {
		label: 'Activity log',
		what: "Marketo does not accept entries in people's activity logs",
	},
	mayNotCreate: {
		label: 'People to Create in Dynamics',
		what: 'Nobody is created in Dynamics without being asked',
	},
};

/** What is wrong with all records at once: told when it begins and when it is over. */
export async function problemItems({ db, ref, token, definition }: Page): Promise<HelpItem[]> {
	const news = (await laneProblems(db, ref.lane)).filter(({ isTold }) => !isTold);
	for (const problem of news) await problemTold(db, ref.lane, problem);
	return news.map((problem) => {
		const { kind, status, remedy, since, run } = problem;
		return {
			kind: 'help',
			page: token,
			id: kind,
			status,
			label: WORDS[kind].label,
			table: definition.object,
			recordId: '',
			dynamicsLink: '',
			field: '',
			reason: problemInWords(problem),
			remedy,
			since,
			run,
		};
	});
}

export function problemInWords({ kind, reason }: Pick<LaneProblem, 'kind' | 'reason'>): string {
	return `${WORDS[kind].what}: ${reason}`;
}
