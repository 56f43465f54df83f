import { doubles, whyUnusable, type Unusable } from '../fits';
import type { DynamicsTable } from '../items';
import type { LaneDefinition, LaneTable } from '../lanes/definition';
import { keptColumns, type Columns } from '../ledger/columns';
import type { Db } from '../ledger/schema';
import type { LaneMapping, MappingRow, TableMapping } from '../mapping';
import type { Column } from '../values';

/** A mapping row with both its columns. */
export interface LiveRow {
	row: MappingRow;
	column: Column;
	field: Column;
}

/** A table of a lane, as a page works with it. */
export interface MappedTable {
	readonly definition: LaneTable;
	readonly mapping: TableMapping;
	readonly columns: Columns;
	/** Rows of the mapping that can be worked. */
	readonly live: readonly LiveRow[];
	/** Rows whose column is closed to the sync's user (R47). */
	readonly closed: readonly LiveRow[];
}

/** A lane with its mapping, and the columns of both sides as the ledger keeps them. */
export interface MappedLane {
	readonly definition: LaneDefinition;
	readonly tables: ReadonlyMap<DynamicsTable, MappedTable>;
	/** Fields of the Marketo object. */
	readonly fields: Columns;
	/** Rows of the mapping that are left out, and why; all others go on. */
	readonly skipped: readonly SkippedRow[];
}

export interface SkippedRow extends Unusable {
	table: DynamicsTable;
	/** `jobtitle>title` */
	row: string;
}

/** What the ledger keeps of the columns of a lane; one query per table. */
export async function mappedLane(
	db: Db,
	definition: LaneDefinition,
	mapping: LaneMapping,
): Promise<MappedLane> {
	const fields = await keptColumns(db, definition.object);
	const tables = new Map<DynamicsTable, MappedTable>();
	const skipped: SkippedRow[] = [];
	for (const table of definition.tables) {
		const columns = await keptColumns(db, table.name);
		const mapped = mapping[table.name] ?? NOT_MAPPED;
		const rows = liveRows(table.name, mapped, columns, fields);
		const { live, closed } = rows;
		tables.set(table.name, { definition: table, mapping: mapped, columns, live, closed });
		skipped.push(...rows.skipped);
	}
	return { definition, tables, fields, skipped };
}

/** Marketo's fields that a mapping names, each once. */
export function mappedFields(mapping: LaneMapping): string[] {
	const rows = Object.values(mapping).flatMap((table) => table.rows);
	return [...new Set(rows.map((row) => row.field))];
}

/** The rows that can be worked, and those that cannot: gone, read only, of types that do not fit … */
function liveRows(
	table: DynamicsTable,
	{ rows, strayRules = [] }: TableMapping,
	columns: Columns,
	fields: Columns,
): { live: LiveRow[]; closed: LiveRow[]; skipped: SkippedRow[] } {
	const live: LiveRow[] = [];
	const closed: LiveRow[] = [];
	const skipped: SkippedRow[] = [];
	const inTheWay = doubles(rows);
	for (const row of rows) {
		const column = columns.get(row.column);
		const field = fields.get(row.field);
		if (!column || !field) {
			const name = column ? `Marketo field ${row.field}` : `Dynamics column ${table}.${row.column}`;
			skipped.push({ table, row: row.id, ...gone(name) });
			continue;
		}
		const problem = inTheWay.get(row.id) ?? whyUnusable(row, column, field);
		if (problem && column.closedTo) closed.push({ row, column, field });
		if (!problem) live.push({ row, column, field });
		else skipped.push({ table, row: row.id, reason: problem.reason, remedy: problem.remedy });
	}
	for (const column of strayRules) {
		skipped.push({
			table,
			row: column,
			reason: `A special rule names the column ${column}, which is in no row of the field mapping`,
			remedy: 'Add the row, or remove the rule',
		});
	}
	return { live, closed, skipped };
}

function gone(name: string): Unusable {
	return {
		reason: `${name} is not there (any more)`,
		remedy: 'Make it again, or remove the row; once it is there again the row goes on by itself',
	};
}

export function inWords({ table, row, reason, remedy }: SkippedRow): string {
	return `Skipped in the field mapping for ${table}s: ${row}. ${reason}. ${remedy}.`;
}

const NOT_MAPPED: TableMapping = { rows: [], ifBothChanged: 'native', emptyValues: 'copy' };

/** @throws where the lane has no such table */
export function tableOf(
	{ definition, tables }: Pick<MappedLane, 'definition' | 'tables'>,
	name: DynamicsTable,
): MappedTable {
	const table = tables.get(name);
	if (!table) throw new Error(`The sync "${definition.id}" has no table ${name}`);
	return table;
}
