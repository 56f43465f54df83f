import { inPieces, type Ledger } from '../ledger/ledger';
import type { Db, LogRow } from '../ledger/schema';
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
	port: MarketoPort,
	which: { people?: string[]; mayGo?: (db: Db) => Promise<boolean> } = {},
): Promise<void> {
	const entries = await ledger.db.transaction().execute(async (db) => {
		if (which.mayGo && !(await which.mayGo(db))) return [];
		const due = which.people ? await dueOf(db, which.people) : await dueOfAll(db);
		if (due.length > 0) await db.updateTable('log').set({ state: 'sent' }).where('id', 'in', due.map((row) => row.id)).execute();
		return due;
	});
	if (entries.length === 0) return;
	try {
		const outcomes = await port.logResults(
			entries.map((row) => ({ personId: row.person, at: new Date(row.at).toISOString(), subject: row.subject, field: row.field, reason: row.reason, remedy: row.remedy })),
		);
		const written = entries.filter((_, index) => outcomes[index]?.kind === 'ok').map((row) => row.id);
		if (written.length > 0) await ledger.db.updateTable('log').set({ state: 'written' }).where('id', 'in', written).execute();
	} catch (error) {
		const back = error instanceof ComeBackLater ? 'due' : 'failed';
		await ledger.db.updateTable('log').set({ state: back }).where('id', 'in', entries.map((row) => row.id)).execute();
		if (error instanceof ComeBackLater) throw error;
	}
}

async function dueOfAll(db: Db): Promise<LogRow[]> {
	return await db.selectFrom('log').selectAll().where('state', '=', 'due').orderBy('id').limit(LOG_ENTRIES).execute();
}

async function dueOf(db: Db, people: string[]): Promise<LogRow[]> {
	const found = await inPieces(people, async (piece) => await db.selectFrom('log').selectAll().where('state', '=', 'due').where('person', 'in', piece).execute());
	return found.sort((a, b) => a.id - b.id).slice(0, LOG_ENTRIES);
}
