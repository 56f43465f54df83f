import type { Table } from '../items';
import { describedColumns, keepColumns, type Columns } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
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
