import type { Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { Side } from '../items';
import { inPieces } from './inPieces';
import type { ConflictTable, Db } from './schema';

/** A field that both sides had changed: who won by which rule, or a question that is open (R38). */
export interface Conflict {
	id: string;
	lane: string;
	link: number;
	/** Row of the mapping. */
	row: string;
	state: 'open' | 'decided';
	base: 'known' | 'unset';
	/** What was shown, as fingerprints. */
	shown: Record<Side, Fingerprint>;
	/** Empty: nobody yet. */
	winner: string;
	rule: string;
	run: string;
	at: number;
}

/** Open questions of these links, by link. */
export async function questionsOf(db: Db, links: number[]): Promise<Map<number, Conflict[]>> {
	const rows = await inPieces(
		links,
		async (piece) =>
			await db
				.selectFrom('conflict')
				.selectAll()
				.where('link', 'in', piece)
				.where('state', '=', 'open')
				.orderBy('at')
				.execute(),
	);
	return Map.groupBy(rows.map(conflictOf), ({ link }) => link);
}

/** Who won in the conflicts of a link that are decided, by run and mapping row. */
export async function winnersOf(db: Db, link: number): Promise<Map<string, string>> {
	const rows = await db
		.selectFrom('conflict')
		.select(['run', 'row', 'winner'])
		.where('link', '=', link)
		.where('state', '=', 'decided')
		.execute();
	return new Map(rows.map((one) => [`${one.run} ${one.row}`, one.winner]));
}

/** Puts a conflict on record; one with the same id is the same. */
export async function recordConflict(db: Db, { shown, ...conflict }: Conflict): Promise<void> {
	const row = { ...conflict, shown_dynamics: shown.dynamics, shown_marketo: shown.marketo };
	await db
		.insertInto('conflict')
		.values(row)
		.onConflict((c) => c.column('id').doUpdateSet(row))
		.execute();
}

export async function decideConflict(
	db: Db,
	id: string,
	winner: string,
	rule: string,
): Promise<void> {
	await db
		.updateTable('conflict')
		.set({ state: 'decided', winner, rule })
		.where('id', '=', id)
		.execute();
}

/** The record is gone, and its questions with it. */
export async function closeQuestionsOf(db: Db, link: number, rule: string): Promise<void> {
	await db
		.updateTable('conflict')
		.set({ state: 'decided', rule })
		.where('link', '=', link)
		.where('state', '=', 'open')
		.execute();
}

export async function forgetConflictsOf(db: Db, link: number): Promise<void> {
	await db.deleteFrom('conflict').where('link', '=', link).execute();
}

/** Conflicts before then that are decided are forgotten, `most` at a time; questions stay while they are open. */
export async function forgetConflictsBefore(db: Db, before: number, most: number): Promise<void> {
	const old = db
		.selectFrom('conflict')
		.select('id')
		.where('state', '=', 'decided')
		.where('at', '<', before)
		.orderBy('at')
		.limit(most);
	await db.deleteFrom('conflict').where('id', 'in', old).execute();
}

export async function countQuestions(db: Db, lane: string): Promise<number> {
	const { count } = await db
		.selectFrom('conflict')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('state', '=', 'open')
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** Links with an open question, for the rooms' own queries. */
export function linksWithQuestions(db: Db) {
	return db.selectFrom('conflict').select('link').where('state', '=', 'open');
}

function conflictOf({
	shown_dynamics,
	shown_marketo,
	at,
	...row
}: Selectable<ConflictTable>): Conflict {
	return { ...row, at: Number(at), shown: { dynamics: shown_dynamics, marketo: shown_marketo } };
}
