import { nextEdition, type Edition, type RowAtWork } from '../edition';
import { doubles, whyUnusable, type Unusable } from '../fits';
import type { DynamicsTable, Side, Table } from '../items';
import type { LaneDefinition, LaneTable } from '../lanes/definition';
import { columnsIn, describedTables, type Catalogue, type Columns } from '../ledger/columns';
import { editionOf } from '../ledger/editions';
import type { Link } from '../ledger/links';
import type { Db } from '../ledger/schema';
import type { LaneMapping, MappingRow, TableMapping } from '../mapping';
import type { Column } from '../values';

/** A mapping row with both its columns. */
export interface LiveRow {
	row: MappingRow;
	column: Column;
	field: Column;
	/** The edition with which it came (R50). */
	since: number;
}

/** A table of a lane, as a page works with it. */
export interface MappedTable {
	readonly definition: LaneTable;
	readonly mapping: TableMapping;
	readonly columns: Columns;
	/** Rows of the mapping that can be worked. */
	readonly live: readonly LiveRow[];
	/** The newest edition of one of its rows. */
	readonly newest: number;
}

/** R50: whether a pair has not been compared yet by all rows of its table. */
export function isBehind({ newest }: Pick<MappedTable, 'newest'>, { edition }: Link): boolean {
	return edition < newest;
}

/** A lane with its mapping, and the columns of both sides as the ledger keeps them. */
export interface MappedLane {
	readonly definition: LaneDefinition;
	readonly tables: ReadonlyMap<DynamicsTable, MappedTable>;
	/** Fields of the Marketo object. */
	readonly fields: Columns;
	/** Rows of the mapping that are left out, and why; all others go on. */
	readonly skipped: readonly SkippedRow[];
	/** The edition of the last page; null before the first. */
	readonly before: Edition | null;
	/** With what this mapping adds to the one of before, whether that was kept or not. */
	readonly edition: Edition;
}

export interface SkippedRow extends Unusable {
	table: DynamicsTable;
	/** `jobtitle>title` */
	row: string;
	/** Where its column or field is not there. */
	missing?: Side;
}

/** All that a lane reads and writes. */
export function tablesOf({ object, tables }: LaneDefinition): Table[] {
	return [object, ...tables.map(({ name }) => name)];
}

/**
 * What the ledger keeps of a lane: its columns, and the edition before.
 *
 * @param kept the columns, where they were read already
 */
export async function mappedLane(
	db: Db,
	definition: LaneDefinition,
	mapping: LaneMapping,
	kept?: Catalogue,
): Promise<MappedLane> {
	const { object, tables: laneTables } = definition;
	const catalogue = kept ?? (await describedTables(db, tablesOf(definition)));
	const fields = columnsIn(catalogue, object);
	const sorted = new Map<DynamicsTable, { columns: Columns; rows: SortedRows }>();
	for (const { name } of laneTables) {
		const columns = columnsIn(catalogue, name);
		const mapped = mapping[name] ?? NOT_MAPPED;
		sorted.set(name, { columns, rows: sortRows(name, mapped, columns, fields) });
	}
	const before = await editionOf(db, definition.id);
	const edition = nextEdition(
		before,
		[...sorted].flatMap(([name, { rows }]) => rowsAtWork(name, mapping[name] ?? NOT_MAPPED, rows)),
	);
	const tables = laneTables.map((table): [DynamicsTable, MappedTable] => {
		const { columns, rows } = sorted.get(table.name)!;
		const ofTable = edition.rows.filter((row) => row.table === table.name);
		const since = new Map(ofTable.map((row) => [row.id, row.since]));
		const mapped: MappedTable = {
			definition: table,
			mapping: mapping[table.name] ?? NOT_MAPPED,
			columns,
			live: rows.live.map((one) => ({ ...one, since: since.get(one.row.id) ?? 0 })),
			newest: Math.max(0, ...since.values()),
		};
		return [table.name, mapped];
	});
	const skipped = [...sorted.values()].flatMap(({ rows }) => rows.skipped);
	return { definition, tables: new Map(tables), fields, skipped, before, edition };
}

/** Those that are not left out. Of a table that nobody has described yet, all: nothing is known against them. */
function rowsAtWork(
	table: DynamicsTable,
	{ rows, emptyValues }: TableMapping,
	{ skipped }: SortedRows,
): RowAtWork[] {
	const out = new Set(skipped.map(({ row }) => row));
	return rows
		.filter(({ id }) => !out.has(id))
		.map((row) => ({ table, row, empty: row.empty ?? emptyValues }));
}

/** Marketo's fields that a mapping names, each once. */
export function mappedFields(mapping: LaneMapping): string[] {
	const rows = Object.values(mapping).flatMap((table) => table.rows);
	return [...new Set(rows.map((row) => row.field))];
}

interface SortedRows {
	live: Array<Omit<LiveRow, 'since'>>;
	skipped: SkippedRow[];
}

/** The rows that can be worked, and those that cannot: gone, read only, of types that do not fit … */
function sortRows(
	table: DynamicsTable,
	{ rows, strayRules = [] }: TableMapping,
	columns: Columns,
	fields: Columns,
): SortedRows {
	const live: SortedRows['live'] = [];
	const skipped: SkippedRow[] = [];
	// Not described yet: a first page may end before its turn comes.
	if (columns.size === 0 || fields.size === 0) return { live, skipped };
	const inTheWay = doubles(rows);
	for (const row of rows) {
		const column = columns.get(row.column);
		const field = fields.get(row.field);
		if (!column || !field) {
			const name = column ? `Marketo field ${row.field}` : `Dynamics column ${table}.${row.column}`;
			const missing = column ? 'marketo' : 'dynamics';
			skipped.push({ table, row: row.id, missing, ...gone(name) });
			continue;
		}
		const problem = inTheWay.get(row.id) ?? whyUnusable(row, column, field);
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
	return { live, skipped };
}

function gone(name: string): Unusable {
	return {
		reason: `${name} does not exist (anymore)`,
		remedy:
			'Create it again, or remove the row; once it is there again the row continues by itself',
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
