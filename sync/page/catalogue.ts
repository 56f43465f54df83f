import { doubles, whyUnusable, type Unusable } from '../fits';
import type { DynamicsTable, Table } from '../items';
import { describedColumns, keepColumns, type Columns } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
import type { MappingRow, PeopleMapping } from '../mapping';
import type { Column } from '../values';

/** How long columns are taken as they were described. */
const FRESH_MS = 6 * 3_600_000;
/** When one is looked for that was not there: somebody may just have made it. */
const LOOK_AGAIN_MS = 10 * 60_000;

/**
 * The columns of a table: from the ledger while fresh, else described anew (one metadata read). A wanted
 * column that is not among them is looked for again sooner.
 */
export async function columnsOf(
	ledger: Ledger,
	table: Table,
	wanted: string[],
	describe: () => Promise<Column[]>,
): Promise<Columns> {
	const kept = await describedColumns(ledger.db, table);
	if (kept) {
		const trusted = wanted.every((name) => kept.columns.has(name)) ? FRESH_MS : LOOK_AGAIN_MS;
		if (ledger.clock.now() - kept.at < trusted) return kept.columns;
	}
	return await describeAnew(ledger, table, describe);
}

/** Describes a table whether or not what is kept of it is fresh, and keeps what comes. */
export async function describeAnew(
	ledger: Ledger,
	table: Table,
	describe: () => Promise<Column[]>,
): Promise<Columns> {
	return await keepColumns(ledger, table, await describe());
}

/** A mapping row with both its columns. */
export interface LiveRow {
	row: MappingRow;
	column: Column;
	field: Column;
}

/** A row that is left out, and why: everything else goes on. */
export interface SkippedRow extends Unusable {
	/** `jobtitle>title` */
	row: string;
}

/** The rows of a table that can be worked, and those that cannot: gone, read only, of types that do not fit … */
export function liveRows(
	mapping: PeopleMapping,
	table: DynamicsTable,
	columns: Columns,
	fields: Columns,
): { rows: LiveRow[]; skipped: SkippedRow[] } {
	const rows: LiveRow[] = [];
	const skipped: SkippedRow[] = [];
	const inTheWay = doubles(mapping[table].rows);
	for (const row of mapping[table].rows) {
		const column = columns.get(row.column);
		const field = fields.get(row.field);
		if (!column || !field) {
			const name = column ? `Marketo field ${row.field}` : `Dynamics column ${table}.${row.column}`;
			skipped.push({ row: row.id, ...gone(name) });
			continue;
		}
		const problem = inTheWay.get(row.id) ?? whyUnusable(row, column, field);
		if (problem) skipped.push({ row: row.id, reason: problem.reason, remedy: problem.remedy });
		else rows.push({ row, column, field });
	}
	for (const column of mapping[table].strayRules ?? []) {
		skipped.push({
			row: column,
			reason: `A special rule names the column ${column}, which is in no row of the field mapping`,
			remedy: 'Add the row, or remove the rule',
		});
	}
	return { rows, skipped };
}

function gone(name: string): Unusable {
	return {
		reason: `${name} is not there (any more)`,
		remedy: 'Make it again, or remove the row; once it is there again the row goes on by itself',
	};
}

/** What is left out of a table's mapping, in words. */
export function inWords(table: DynamicsTable, { row, reason, remedy }: SkippedRow): string {
	return `Skipped in the field mapping for ${table}s: ${row}. ${reason}. ${remedy}.`;
}
