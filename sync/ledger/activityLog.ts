import type { Selectable } from 'kysely';
import { inPieces } from './inPieces';
import type { Db, LogTable } from './schema';

/** An entry for a person's activity log in Marketo: written at most once (R25). */
export interface LogEntry {
	id: number;
	lane: string;
	person: string;
	at: number;
	subject: string;
	field: string;
	reason: string;
	remedy: string;
}

/** Puts an entry on the list; *Update Marketo* writes it. */
export async function logForPerson(db: Db, entry: Omit<LogEntry, 'id'>): Promise<void> {
	await db
		.insertInto('log')
		.values({ ...entry, state: 'due' })
		.execute();
}

/** Entries that are to be made. */
export function logDue(db: Db, lane: string) {
	return db.selectFrom('log').select('id').where('lane', '=', lane).where('state', '=', 'due');
}

export async function isLogDue(db: Db, lane: string): Promise<boolean> {
	return Boolean(await logDue(db, lane).limit(1).executeTakeFirst());
}

/** Claims what is due, of these people or of all, oldest first; what is claimed is never handed out again unless given back. */
export async function claimLog(
	db: Db,
	lane: string,
	most: number,
	people?: string[],
): Promise<LogEntry[]> {
	const all = db
		.selectFrom('log')
		.selectAll()
		.where('lane', '=', lane)
		.where('state', '=', 'due')
		.orderBy('id');
	const found = people
		? await inPieces(people, async (piece) => await all.where('person', 'in', piece).execute())
		: await all.limit(most).execute();
	const entries = found
		.sort((a, b) => a.id - b.id)
		.slice(0, most)
		.map(entryOf);
	await setState(db, entries, 'sent');
	return entries;
}

/** The vendor asked to come back later: nothing was written. */
export async function giveLogBack(db: Db, entries: LogEntry[]): Promise<void> {
	await setState(db, entries, 'due');
}

export async function logEnded(
	db: Db,
	entries: LogEntry[],
	state: 'written' | 'failed',
): Promise<void> {
	await setState(db, entries, state);
}

/** Nobody can tell whether these were written: they are not written again (R25). */
export async function giveUpLog(db: Db, lane: string): Promise<void> {
	await db
		.updateTable('log')
		.set({ state: 'failed' })
		.where('lane', '=', lane)
		.where('state', 'in', ['due', 'sent'])
		.execute();
}

/** Their reasons may hold values. `most` at a time; answers how many. */
export async function forgetLogBefore(db: Db, before: number, most: number): Promise<number> {
	const old = db
		.selectFrom('log')
		.select('id')
		.where('at', '<', before)
		.where('state', '!=', 'due')
		.orderBy('at')
		.limit(most);
	const gone = await db.deleteFrom('log').where('id', 'in', old).executeTakeFirst();
	return Number(gone.numDeletedRows);
}

async function setState(
	db: Db,
	entries: LogEntry[],
	state: 'due' | 'sent' | 'written' | 'failed',
): Promise<void> {
	await inPieces(
		entries,
		async (piece) =>
			await db
				.updateTable('log')
				.set({ state })
				.where(
					'id',
					'in',
					piece.map(({ id }) => id),
				)
				.execute(),
	);
}

function entryOf({ state: _, at, ...entry }: Selectable<LogTable>): LogEntry {
	return { ...entry, at: Number(at) };
}
