import type { Selectable } from 'kysely';
import type { Side } from '../items';
import type { Raw } from '../values';
import { linksWithQuestions } from './conflicts';
import { inPieces } from './inPieces';
import type { Db, HistoryTable } from './schema';

/**
 * Fields that were decided by the same rule, and the mapping row of each. No rows: fields that sync itself keeps
 * on the person, or a new record, of which it is enough to know the fields.
 */
export interface DecidedFields {
	rule: string;
	fields: string[];
	rows?: string[];
	/** Sync's own fields. */
	own?: true;
}

/**
 * Mapping row → the values of both sides as they stood when it was decided, Dynamics first, and which of them was not
 * read: its null says nothing.
 */
export type ShownValues = Record<string, [Raw, Raw, notRead?: Side]>;

/** One decision about one record, and what became of it. */
export interface Remembered {
	at: number;
	run: string;
	page: number;
	/** The plan it was; null where none was needed. */
	plan: string | null;
	link: number;
	side: Side | null;
	operation: string;
	outcome: string;
	decided: DecidedFields[];
	/** Null where there were none, or they were forgotten. */
	shown: ShownValues | null;
	mappingHash: string;
}

export async function remember(
	db: Db,
	{ decided, shown, mappingHash, ...entry }: Remembered,
): Promise<void> {
	const values = shown && Object.keys(shown).length > 0 ? JSON.stringify(shown) : null;
	await db
		.insertInto('history')
		.values({
			...entry,
			verdicts: JSON.stringify(decided),
			shown: values,
			mapping_hash: mappingHash,
		})
		.execute();
}

/** What became of plans. */
export async function rememberOutcome(db: Db, plans: string[], outcome: string): Promise<void> {
	await db.updateTable('history').set({ outcome }).where('plan', 'in', plans).execute();
}

/** The last `most` decisions about a link, the newest first. */
export async function rememberedOf(db: Db, link: number, most: number): Promise<Remembered[]> {
	const rows = await db
		.selectFrom('history')
		.selectAll()
		.where('link', '=', link)
		.orderBy('id', 'desc')
		.limit(most)
		.execute();
	return rows.map(rememberedRow);
}

/** What is remembered of a question: the values that were shown. No write of the record. */
export const ASKED = 'ask';

/** The values that were last shown of questions, by link and mapping row; as far as they are kept. */
export async function askedValues(db: Db, links: number[]): Promise<Map<number, ShownValues>> {
	const rows = await inPieces(
		links,
		async (piece) =>
			await db
				.selectFrom('history')
				.select(['link', 'shown'])
				.where('link', 'in', piece)
				.where('operation', '=', ASKED)
				.where('shown', 'is not', null)
				.orderBy('id')
				.execute(),
	);
	const values = new Map<number, ShownValues>();
	for (const { link, shown } of rows)
		values.set(link, { ...values.get(link), ...(JSON.parse(shown!) as ShownValues) });
	return values;
}

/** People's values of one record are forgotten; what was decided, when and why stays. */
export async function forgetValuesOf(db: Db, link: number): Promise<void> {
	await db.updateTable('history').set({ shown: null }).where('link', '=', link).execute();
}

/** Decisions before then are forgotten, `most` at a time; of records with an open question once it is answered (R38). Answers how many. */
export async function forgetHistoryBefore(db: Db, before: number, most: number): Promise<number> {
	const old = db
		.selectFrom('history')
		.select('id')
		.where('at', '<', before)
		.where('link', 'not in', linksWithQuestions(db))
		.orderBy('at')
		.limit(most);
	const gone = await db.deleteFrom('history').where('id', 'in', old).executeTakeFirst();
	return Number(gone.numDeletedRows);
}

function rememberedRow({
	id: _,
	at,
	verdicts,
	shown,
	mapping_hash,
	...row
}: Selectable<HistoryTable>): Remembered {
	return {
		...row,
		at: Number(at),
		decided: JSON.parse(verdicts) as DecidedFields[],
		shown: shown ? (JSON.parse(shown) as ShownValues) : null,
		mappingHash: mapping_hash,
	};
}
