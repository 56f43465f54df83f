import type { Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable, Side } from '../items';
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
	/** Empty: nobody yet. Of an open question: whose value a person has chosen since. */
	winner: string;
	rule: string;
	run: string;
	at: number;
}

/** The rule of a question that a person has answered. */
export const ANSWERED = 'Answered by a person';

/** Open questions of these links, by link. */
export async function questionsOf(db: Db, links: number[]): Promise<Map<number, Conflict[]>> {
	const rows = await inPieces(
		links,
		async (piece) => await ofLinks(db, piece).where('state', '=', 'open').execute(),
	);
	return byLink(rows);
}

/** All that is on record of these links, by link; the oldest first. */
export async function conflictsOf(db: Db, links: number[]): Promise<Map<number, Conflict[]>> {
	const rows = await inPieces(links, async (piece) => await ofLinks(db, piece).execute());
	return byLink(rows);
}

function ofLinks(db: Db, links: number[]) {
	return db.selectFrom('conflict').selectAll().where('link', 'in', links).orderBy('at');
}

function byLink(rows: Array<Selectable<ConflictTable>>): Map<number, Conflict[]> {
	return Map.groupBy(rows.map(conflictOf), ({ link }) => link);
}

/** The oldest open questions of a lane. */
export async function openQuestions(db: Db, lane: string, most: number): Promise<Conflict[]> {
	const rows = await db
		.selectFrom('conflict')
		.selectAll()
		.where('lane', '=', lane)
		.where('state', '=', 'open')
		.orderBy('at')
		.limit(most)
		.execute();
	return rows.map(conflictOf);
}

/** Rows of the mapping that wait for an answer, with the records they are about. */
export async function recordsAskedAbout(
	db: Db,
	lane: string,
): Promise<Array<{ row: string; table: DynamicsTable; dynamicsId: string }>> {
	const rows = await db
		.selectFrom('conflict')
		.innerJoin('link', 'link.id', 'conflict.link')
		.select(['conflict.row', 'link.table_name', 'link.dynamics_id'])
		.where('conflict.lane', '=', lane)
		.where('conflict.state', '=', 'open')
		.execute();
	return rows.map(({ row, table_name: table, dynamics_id: dynamicsId }) => ({
		row,
		table,
		dynamicsId,
	}));
}

export async function conflictById(db: Db, id: string): Promise<Conflict | null> {
	const row = await db.selectFrom('conflict').selectAll().where('id', '=', id).executeTakeFirst();
	return row ? conflictOf(row) : null;
}

/** Notes whose value a person has chosen; the next page carries it over, if both still stand as shown. Empty takes it back. */
export async function noteAnswer(db: Db, id: string, winner: Side | ''): Promise<void> {
	await db
		.updateTable('conflict')
		.set({ winner })
		.where('id', '=', id)
		.where('state', '=', 'open')
		.execute();
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

/** The row of the mapping is gone, and all questions about it. */
export async function closeQuestionsOfRow(
	db: Db,
	of: { lane: string; table: DynamicsTable; row: string },
	rule: string,
): Promise<void> {
	await db
		.updateTable('conflict')
		.set({ state: 'decided', rule })
		.where('lane', '=', of.lane)
		.where('state', '=', 'open')
		.where('row', '=', of.row)
		.where((e) =>
			e.exists(
				e
					.selectFrom('link')
					.select('link.id')
					.whereRef('link.id', '=', 'conflict.link')
					.where('link.table_name', '=', of.table),
			),
		)
		.execute();
}

export async function forgetConflictsOf(db: Db, link: number): Promise<void> {
	await db.deleteFrom('conflict').where('link', '=', link).execute();
}

/** Conflicts before then that are decided are forgotten, `most` at a time; questions stay while they are open. Answers how many. */
export async function forgetConflictsBefore(db: Db, before: number, most: number): Promise<number> {
	const old = db
		.selectFrom('conflict')
		.select('id')
		.where('state', '=', 'decided')
		.where('at', '<', before)
		.orderBy('at')
		.limit(most);
	const gone = await db.deleteFrom('conflict').where('id', 'in', old).executeTakeFirst();
	return Number(gone.numDeletedRows);
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
