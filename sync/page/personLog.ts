import { claimLog, giveLogBack, logEnded, type LogEntry } from '../ledger/activityLog';
import type { InRun } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { problemMet, problemOver } from '../ledger/laneProblem';
import type { Db } from '../ledger/schema';
import { ComeBackLater, SetUpProblem, type MarketoPort, type WriteOutcome } from '../ports';
import { START_WITHIN } from './claim';

/** Entries of the activity log per call (Marketo: 300). */
const LOG_ENTRIES = 300;

/**
 * Writes what is due into people's activity logs, one call. R25: entries are claimed before the call and
 * never repeated. What Marketo refuses is dropped, and people are told why, once.
 * @throws ComeBackLater, after the entries were given back
 */
export async function writeLog(
	ledger: Ledger,
	lane: string,
	port: MarketoPort,
	which: { run?: string; people?: string[]; mayGo?: (db: Db) => Promise<boolean> } = {},
): Promise<void> {
	const since = ledger.clock.now();
	const entries = await ledger.db.transaction().execute(async (db) => {
		if (which.mayGo && !(await which.mayGo(db))) return [];
		return await claimLog(db, lane, LOG_ENTRIES, which.people);
	});
	if (entries.length === 0) return;
	const by = { lane, run: which.run ?? '' };
	const now = ledger.clock.now();
	// R8: whoever was held up leaves them to whom it is the turn of.
	if (now > since + START_WITHIN) return await giveLogBack(ledger.db, entries);
	try {
		const outcomes = await port.logResults(
			entries.map(({ person, at, subject, field, reason, remedy }) => ({
				personId: person,
				at: new Date(at).toISOString(),
				subject,
				field,
				reason,
				remedy,
			})),
		);
		await settle(ledger.db, by, entries, outcomes, now);
	} catch (error) {
		if (error instanceof ComeBackLater) {
			await giveLogBack(ledger.db, entries);
			throw error;
		}
		await logEnded(ledger.db, entries, 'failed');
		if (!(error instanceof SetUpProblem)) return;
		await problemMet(
			ledger.db,
			by,
			'activityLog',
			{ reason: error.message, remedy: error.remedy },
			now,
		);
	}
}

/** What may have been written is left as it is. */
async function settle(
	db: Db,
	by: InRun,
	entries: LogEntry[],
	outcomes: WriteOutcome[],
	now: number,
): Promise<void> {
	const those = (...kinds: Array<WriteOutcome['kind'] | undefined>) =>
		entries.filter((_, index) => kinds.includes(outcomes[index]?.kind));
	await logEnded(db, those('ok'), 'written');
	await giveLogBack(db, those('again'));
	await logEnded(db, those('refused', 'missing', 'exists'), 'failed');
	const refused = outcomes.find((outcome) => outcome.kind === 'refused');
	if (refused?.kind === 'refused') await problemMet(db, by, 'activityLog', refused.refusal, now);
	else if (those('ok').length > 0) await problemOver(db, by.lane, 'activityLog');
}
