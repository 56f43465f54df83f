import type { DynamicsTable, Table } from '../items';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import type { MappingRow, PeopleMapping } from '../mapping';
import type { Column } from '../values';

/** How long columns are taken as they were described; a set-up problem forgets them at once. */
const FRESH_HOURS = 6;

export type Columns = Map<string, Column>;

/** The columns of a table: from the ledger while fresh, else described anew (one metadata read). */
export async function columnsOf(ledger: Ledger, table: Table, describe: () => Promise<Column[]>): Promise<Columns> {
	const now = ledger.clock.now();
	const kept = await ledger.db.selectFrom('catalogue').selectAll().where('table_name', '=', table).executeTakeFirst();
	if (kept && now - kept.at < FRESH_HOURS * 3_600_000) return byName(JSON.parse(kept.columns) as Column[]);
	const columns = await describe();
	const row = { table_name: table, columns: JSON.stringify(columns), at: now };
	await ledger.db.insertInto('catalogue').values(row).onConflict((c) => c.column('table_name').doUpdateSet(row)).execute();
	return byName(columns);
}

/** What a get-changes node of this page has described. */
export async function keptColumns(db: Db, table: Table): Promise<Columns> {
	const kept = await db.selectFrom('catalogue').select('columns').where('table_name', '=', table).executeTakeFirst();
	return byName(kept ? (JSON.parse(kept.columns) as Column[]) : []);
}

export async function forgetColumns(ledger: Ledger): Promise<void> {
	await ledger.db.deleteFrom('catalogue').execute();
}

function byName(columns: Column[]): Columns {
	return new Map(columns.map((column) => [column.name, column]));
}

/** A mapping row with both its columns; rows whose column is gone are left out and named. */
export interface LiveRow {
	row: MappingRow;
	column: Column;
	field: Column;
}

export function liveRows(mapping: PeopleMapping, table: DynamicsTable, columns: Columns, fields: Columns) {
	const rows: LiveRow[] = [];
	const gone: string[] = [];
	for (const row of mapping[table].rows) {
		const column = columns.get(row.column);
		const field = fields.get(row.field);
		if (column && field) rows.push({ row, column, field });
		else gone.push(column ? `Marketo field ${row.field}` : `Dynamics column ${table}.${row.column}`);
	}
	return { rows, gone };
}
