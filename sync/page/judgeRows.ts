import { filterColumns, judgeOf, type SyncFilter } from '../filter';
import type { DynamicsTable, RecordItem } from '../items';
import type { LaneDefinition, LaneTable } from '../lanes/definition';
import { columnsIn, type Catalogue } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
import { linksOfRows } from '../ledger/links';
import { recordSubject } from '../ledger/subject';
import type { DynamicsPort } from '../ports';
import { isBlank } from '../values';
import { lookForClosed } from './closedColumns';

/** What it takes to judge the rows of a page. */
interface Judging {
	ledger: Ledger;
	catalogue: Catalogue;
	definition: LaneDefinition;
	filter: SyncFilter;
	port: DynamicsPort;
	/** Tables that this page has asked for: of these it is known what they have, though no row may have come. */
	asked: ReadonlySet<DynamicsTable>;
	/** Rows once more, with all columns that are wanted now. */
	readAgain: (table: DynamicsTable, ids: string[]) => Promise<RecordItem[]>;
}

/**
 * R54: notes which rows of a page the filter leaves out. One that was read with the columns of before (R33) lacks what
 * the filter goes by now, and is read again.
 * @throws SetUpProblem where the filter cannot be judged
 */
export async function judgeRows(judging: Judging, records: Map<string, RecordItem>): Promise<void> {
	const { definition, filter, asked, catalogue, readAgain } = judging;
	for (const table of definition.tables) {
		const rows = [...records.values()].filter((row) => row.table === table.name && !row.deleted);
		const isToBeShown =
			asked.has(table.name) && Boolean(filter.tables[table.name]?.conditions.length);
		if (rows.length === 0 && !isToBeShown) continue;
		const columns = columnsIn(catalogue, table.name);
		// Before anything else: a filter that cannot be judged stops the sync, whether or not anybody came.
		const judge = judgeOf(filter, table, columns);
		const names = filterColumns(filter, table, columns);
		if (names.length === 0) continue;
		const lacking = rows.filter(({ values }) => names.some((name) => values[name] === undefined));
		for (const row of await readAgain(
			table.name,
			lacking.map(({ id }) => id),
		))
			records.set(recordSubject(row), {
				...row,
				because: records.get(recordSubject(row))!.because,
			});
		const ofTable = rows.map((row) => records.get(recordSubject(row))!);
		const out = ofTable.filter(({ values }) => !judge(values));
		if (await seemClosed(judging, table, names, out)) {
			// R47: what may not be read looks empty.
			judgeOf(filter, table, await lookForClosed(judging, table.name, columns));
		}
		for (const row of out) row.leftOut = filter.whenLeft;
	}
}

/** Whether rows leave the filter that took part so far, by a column that is empty now. */
async function seemClosed(
	{ ledger, definition }: Judging,
	{ name }: LaneTable,
	columns: string[],
	out: RecordItem[],
): Promise<boolean> {
	const suspects = out.filter(({ values }) => columns.some((column) => isBlank(values[column])));
	const links = await linksOfRows(
		ledger.db,
		definition.id,
		suspects.map(({ id }) => id),
	);
	return links.some(({ table, state }) => table === name && state === 'active');
}
