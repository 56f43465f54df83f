import type { Table } from '../items';
import type { Columns } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
import { metaValue, setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { Column } from '../values';

const nameFor = (table: Table) => `reopened.${table}`;

/** When a column of the table was last opened to the sync's user; undefined: never. */
export async function reopenedAt(db: Db, table: Table): Promise<string | undefined> {
	return await metaValue(db, nameFor(table));
}

/** R47: what changed while a column was closed is in no feed any more: the table is read once more. */
export async function noteReopened(
	ledger: Ledger,
	table: Table,
	before: Columns,
	now: Column[],
): Promise<void> {
	const isOpen = new Set(now.filter(({ closedTo }) => !closedTo).map(({ name }) => name));
	const isReopened = [...before.values()].some(
		({ name, closedTo }) => closedTo && isOpen.has(name),
	);
	if (isReopened) await setMeta(ledger.db, nameFor(table), String(ledger.clock.now()));
}
