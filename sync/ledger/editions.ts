import { sql } from 'kysely';
import { editionRow, type Edition, type EditionRow } from '../edition';
import type { DynamicsTable } from '../items';
import type { LaneMapping } from '../mapping';
import type { Column } from '../values';
import type { Db } from './schema';

/** The edition of a lane's mapping that its last page worked by; null before the first. */
export async function editionOf(db: Db, lane: string): Promise<Edition | null> {
	const row = await db
		.selectFrom('edition')
		.select(['number', 'rows'])
		.where('lane', '=', lane)
		.executeTakeFirst();
	return row ? { number: row.number, rows: JSON.parse(row.rows) as EditionRow[] } : null;
}

export async function keepEdition(db: Db, lane: string, { number, rows }: Edition): Promise<void> {
	const row = { lane, number, rows: JSON.stringify(rows) };
	await db
		.insertInto('edition')
		.values(row)
		.onConflict((c) => c.column('lane').doUpdateSet(row))
		.execute();
}

/**
 * R47: a row of the mapping whose column is closed is no part of any edition from the moment on in which that is known.
 * So it is a new one when the column is open again, and reaches also those whom a page met in between.
 */
export async function forgetClosedRows(db: Db, table: string, columns: Column[]): Promise<void> {
	const closed = new Map(
		columns.flatMap(({ name, closedTo }) => (closedTo ? [[name, closedTo]] : [])),
	);
	if (closed.size === 0) return;
	// One that may be read alone is still worked where nothing goes there.
	const isWorked = ({ id, direction }: EditionRow) => {
		const to = closed.get(id.split('>')[0]!);
		return to === undefined || (to === 'writing' && direction === 'toMarketo');
	};
	for (const { lane, number, rows } of await db.selectFrom('edition').selectAll().execute()) {
		const all = JSON.parse(rows) as EditionRow[];
		const open = all.filter((row) => row.table !== table || isWorked(row));
		if (open.length < all.length) await keepEdition(db, lane, { number, rows: open });
	}
}

/** A ledger of before has compared its links by the mapping that is in force. */
export async function firstEditions(db: Db): Promise<void> {
	for (const { lane, mapping } of await db.selectFrom('mapping').selectAll().execute()) {
		const tables = Object.entries(JSON.parse(mapping) as LaneMapping);
		const rows = tables.flatMap(([table, { rows, emptyValues }]) =>
			rows.map((row) => editionRow({ table, row, empty: row.empty ?? emptyValues }, 0)),
		);
		await keepEdition(db, lane, { number: 0, rows });
	}
}

/** How far a walk over a lane's links has come: the last one's row. */
export type After = [dynamicsId: string, table: DynamicsTable];

export interface Piece {
	/** Rows whose pair was compared by an older edition. */
	rows: Array<{ table: DynamicsTable; id: string }>;
	/** Null: that was the last piece. */
	after: After | null;
}

/** Links that are looked at for one piece, whether they are to be compared or not. */
const LOOKED_AT = 5000;

/** The next pairs that were compared by an older edition than their table's newest; a bounded look along an index. */
export async function nextBehind(
	db: Db,
	lane: string,
	newest: ReadonlyMap<DynamicsTable, number>,
	after: After | null,
	most: number,
): Promise<Piece> {
	const all = db
		.selectFrom('link')
		.select(['dynamics_id', 'table_name', 'state', 'edition'])
		.where('lane', '=', lane)
		.orderBy('dynamics_id')
		.orderBy('table_name')
		.limit(LOOKED_AT);
	const [afterId, afterTable] = after ?? ['', ''];
	const links = await all
		.where(sql<boolean>`(dynamics_id, table_name) > (${afterId}, ${afterTable})`)
		.execute();
	const rows: Piece['rows'] = [];
	for (const { dynamics_id: id, table_name: table, state, edition } of links) {
		if (state === 'active' && edition < (newest.get(table) ?? 0)) rows.push({ table, id });
		if (rows.length === most) return { rows, after: [id, table] };
	}
	const last = links.at(-1);
	return {
		rows,
		after: last && links.length === LOOKED_AT ? [last.dynamics_id, last.table_name] : null,
	};
}

/** How many pairs of each table were compared last by which edition. */
export async function pairsByEdition(
	db: Db,
	lane: string,
): Promise<Array<{ table: DynamicsTable; edition: number; pairs: number }>> {
	const rows = await db
		.selectFrom('link')
		.select((e) => ['table_name', 'edition', e.fn.countAll<number>().as('pairs')])
		.where('lane', '=', lane)
		.where('state', '=', 'active')
		.groupBy(['table_name', 'edition'])
		.execute();
	return rows.map(({ table_name: table, edition, pairs }) => ({
		table,
		edition: Number(edition),
		pairs: Number(pairs),
	}));
}
