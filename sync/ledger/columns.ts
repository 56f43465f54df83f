import type { Table } from '../items';
import type { Column } from '../values';
import { forgetClosedRows } from './editions';
import type { Ledger } from './ledger';
import type { Db } from './schema';

/** Columns of a table by name. */
export type Columns = ReadonlyMap<string, Column>;

/** What was last described of a table, and when. */
export interface Described {
	columns: Columns;
	at: number;
}

/** Of several tables; without those that never were. */
export type Catalogue = Map<Table, Described>;

export async function describedTables(db: Db, tables: Table[]): Promise<Catalogue> {
	const rows = await db
		.selectFrom('catalogue')
		.selectAll()
		.where('table_name', 'in', tables)
		.execute();
	return new Map(
		rows.map(({ table_name: table, columns, at }) => [
			table,
			{ columns: readColumns(table, columns), at: Number(at) },
		]),
	);
}

/** What was read last of each table: Marketo alone has a thousand fields, and a page asks a dozen times. */
const read = new Map<Table, { text: string; columns: Columns }>();

function readColumns(table: Table, text: string): Columns {
	const known = read.get(table);
	if (known?.text === text) return known.columns;
	const columns = byName(JSON.parse(text) as Column[]);
	read.set(table, { text, columns });
	return columns;
}

/** Empty where the table was never described. */
export async function keptColumns(db: Db, table: Table): Promise<Columns> {
	return columnsIn(await describedTables(db, [table]), table);
}

export function columnsIn(catalogue: Catalogue, table: Table): Columns {
	return catalogue.get(table)?.columns ?? new Map();
}

export async function keepColumns(
	ledger: Ledger,
	table: Table,
	columns: Column[],
): Promise<Columns> {
	const row = { table_name: table, columns: JSON.stringify(columns), at: ledger.clock.now() };
	await ledger.db
		.insertInto('catalogue')
		.values(row)
		.onConflict((c) => c.column('table_name').doUpdateSet(row))
		.execute();
	await forgetClosedRows(ledger.db, table, columns);
	return byName(columns);
}

/** Columns of a table have changed; all else that was described is as old as it was. */
export async function changeColumns(db: Db, table: Table, columns: Column[]): Promise<Columns> {
	await db
		.updateTable('catalogue')
		.set({ columns: JSON.stringify(columns) })
		.where('table_name', '=', table)
		.execute();
	await forgetClosedRows(db, table, columns);
	return byName(columns);
}

/** What is kept of these tables counts as old: it is described anew when it is needed next. */
export async function forgetWhenDescribed(db: Db, tables: Table[]): Promise<void> {
	await db.updateTable('catalogue').set({ at: 0 }).where('table_name', 'in', tables).execute();
}

/** What is kept of a table counts as so many milliseconds older. */
export async function describedEarlier(db: Db, table: Table, milliseconds: number): Promise<void> {
	await db
		.updateTable('catalogue')
		.set((e) => ({ at: e('at', '-', milliseconds) }))
		.where('table_name', '=', table)
		.execute();
}

function byName(columns: Column[]): Columns {
	return new Map(columns.map((column) => [column.name, column]));
}
