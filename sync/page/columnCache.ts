import { hasUnknownChoice, UNKNOWN_CHOICE } from '../convert/choices';
import type { Table } from '../items';
import {
	describedEarlier,
	keepColumns,
	keptColumns,
	type Catalogue,
	type Columns,
} from '../ledger/columns';
import { enqueue } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { refusalsWithCode, solveRefusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { subjectOf } from '../ledger/subject';
import { ColumnGone } from '../ports';
import type { Column, Raw } from '../values';

/** How long columns are taken as they were described. */
const FRESH_MS = 6 * 3_600_000;
/** When one is looked for that was not there, or was closed: somebody may just have made or opened it. */
const LOOK_AGAIN_MS = 10 * 60_000;

/**
 * The columns of a table: as the step has read them of the ledger while fresh, else described anew (one metadata read). A wanted
 * column that is not among them is looked for again sooner.
 */
export async function columnsOf(
	ledger: Ledger,
	catalogue: Catalogue,
	table: Table,
	wanted: string[],
	describe: () => Promise<Column[]>,
): Promise<Columns> {
	const kept = catalogue.get(table);
	if (kept) {
		const isThere = (name: string) => kept.columns.has(name) && !kept.columns.get(name)!.closedTo;
		const trusted = wanted.every(isThere) ? FRESH_MS : LOOK_AGAIN_MS;
		if (ledger.clock.now() - kept.at < trusted) return kept.columns;
	}
	return await describeInto(catalogue, ledger, table, describe);
}

/**
 * R46: reads with the columns of a table. Where one of them turns out to be gone, the table is described anew and
 * read once more without it: its row of the mapping is skipped and named, all others go on in the same run.
 */
export async function readWithColumns<Result>(
	ledger: Ledger,
	catalogue: Catalogue,
	table: Table,
	wanted: string[],
	describe: () => Promise<Column[]>,
	read: (columns: Columns) => Promise<Result>,
): Promise<Result> {
	const columns = await columnsOf(ledger, catalogue, table, wanted, describe);
	try {
		return await read(columns);
	} catch (error) {
		if (!(error instanceof ColumnGone)) throw error;
		const present = await describeInto(catalogue, ledger, table, describe);
		if ([...columns.keys()].every((name) => present.has(name))) throw error;
		return await read(present);
	}
}

/**
 * Describes a table whether or not what is kept of it is fresh, and keeps what comes. Where its choices have
 * changed, what stayed behind for a choice that was not known is tried once more.
 */
export async function describeAnew(
	ledger: Ledger,
	table: Table,
	describe: () => Promise<Column[]>,
): Promise<Columns> {
	const before = await keptColumns(ledger.db, table);
	const columns = await keepColumns(ledger, table, await describe());
	if (before.size > 0 && choicesIn(before) !== choicesIn(columns))
		await tryUnknownChoices(ledger, table);
	return columns;
}

async function describeInto(
	catalogue: Catalogue,
	ledger: Ledger,
	table: Table,
	describe: () => Promise<Column[]>,
): Promise<Columns> {
	const columns = await describeAnew(ledger, table, describe);
	catalogue.set(table, { columns, at: ledger.clock.now() });
	return columns;
}

function choicesIn(columns: Columns): string {
	return JSON.stringify([...columns.values()].map(({ name, options }) => [name, options ?? null]));
}

async function tryUnknownChoices(ledger: Ledger, table: Table): Promise<void> {
	const { db } = ledger;
	for (const held of await refusalsWithCode(db, table, UNKNOWN_CHOICE)) {
		await solveRefusal(db, held);
		await enqueue(ledger, db, {
			lane: held.lane,
			subject: subjectOf(held.table, held.dynamicsId),
			dueAt: ledger.clock.now(),
			code: 'newChoices',
			reason: 'The choices have changed in Dynamics',
			run: '',
		});
	}
}

/**
 * Rows hold a choice that is not described: somebody may have added it a moment ago. Looks anew, unless that
 * was just done.
 */
export async function describeIfUnknown(
	ledger: Ledger,
	catalogue: Catalogue,
	table: Table,
	rows: Array<{ values: Record<string, Raw> }>,
	describe: () => Promise<Column[]>,
): Promise<void> {
	const kept = catalogue.get(table);
	if (!kept || ledger.clock.now() - kept.at < LOOK_AGAIN_MS) return;
	const choices = [...kept.columns.values()].filter(({ options }) => options);
	const isUnknown = ({ values }: { values: Record<string, Raw> }) =>
		choices.some((column) => hasUnknownChoice(column, values[column.name]));
	if (rows.some(isUnknown)) await describeInto(catalogue, ledger, table, describe);
}

/** A label that no choice has: the choices are described anew before long. */
export async function lookAgainSoon(db: Db, table: Table): Promise<void> {
	await describedEarlier(db, table, FRESH_MS - LOOK_AGAIN_MS);
}
