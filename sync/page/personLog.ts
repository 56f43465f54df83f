import { claimLog, giveLogBack, logEnded } from '../ledger/activityLog';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import { ComeBackLater, type MarketoPort } from '../ports';

/** Entries of the activity log per call (Marketo: 300). */
const LOG_ENTRIES = 300;

/**
 * Writes what is due into people's activity logs, one call. R25: entries are claimed before the call and
 * never repeated.
 * @throws ComeBackLater, after the entries were given back
 */
export async function writeLog(
	ledger: Ledger,
	lane: string,
	port: MarketoPort,
	which: { people?: string[]; mayGo?: (db: Db) => Promise<boolean> } = {},
): Promise<void> {
	const entries = await ledger.db.transaction().execute(async (db) => {
		if (which.mayGo && !(await which.mayGo(db))) return [];
		return await claimLog(db, lane, LOG_ENTRIES, which.people);
	});
	if (entries.length === 0) return;
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
		await logEnded(
			ledger.db,
			entries.filter((_, index) => outcomes[index]?.kind === 'ok'),
			'written',
		);
	} catch (error) {
		if (!(error instanceof ComeBackLater)) return await logEnded(ledger.db, entries, 'failed');
		await giveLogBack(ledger.db, entries);
		throw error;
	}
}
