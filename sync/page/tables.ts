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
	/** Rows of the mapping whose column and field are there. */
	readonly live: readonly LiveRow[];
}

/** A lane with its mapping, and the columns of both sides as the ledger keeps them. */
export interface MappedLane {
	readonly definition: LaneDefinition;
	readonly tables: ReadonlyMap<DynamicsTable, MappedTable>;
	/** Fields of the Marketo object. */
	readonly fields: Columns;
	/** Columns and fields that the mapping names and that are not there: those rows are left out. */
	readonly gone: readonly string[];
}

/** What the ledger keeps of the columns of a lane; one query per table. */
export async function mappedLane(
	db: Db,
	definition: LaneDefinition,
	mapping: LaneMapping,
): Promise<MappedLane> {
	const fields = await keptColumns(db, definition.object);
	const tables = new Map<DynamicsTable, MappedTable>();
	const gone: string[] = [];
	for (const table of definition.tables) {
		const columns = await keptColumns(db, table.name);
		const mapped = mapping[table.name] ?? NOT_MAPPED;
		const live: LiveRow[] = [];
		for (const row of mapped.rows) {
			const column = columns.get(row.column);
			const field = fields.get(row.field);
			if (column && field) live.push({ row, column, field });
			else
				gone.push(
					column ? `Marketo field ${row.field}` : `Dynamics column ${table.name}.${row.column}`,
				);
		}
		tables.set(table.name, { definition: table, mapping: mapped, columns, live });
	}
	return { definition, tables, fields, gone };
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
