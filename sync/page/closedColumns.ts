import { fingerprintOf } from '../fingerprint';
import type { DynamicsTable, RecordItem } from '../items';
import { lastHeld } from '../ledger/bases';
import { changeColumns, columnsIn, type Catalogue, type Columns } from '../ledger/columns';
import { questionsOf } from '../ledger/conflicts';
import type { Ledger } from '../ledger/ledger';
import { basesOf, linksOfRows } from '../ledger/links';
import { linkSubject, recordSubject } from '../ledger/subject';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import type { LaneMapping } from '../mapping';
import { SetUpProblem, type DynamicsPort } from '../ports';
import { isBlank } from '../values';

/**
 * R47: what the sync's user may not read, Dynamics shows as empty. So a column that seems to have been emptied is
 * believed once Dynamics was asked whether it may be read, and what it shows of a closed one is taken from the rows
 * before anybody looks at them.
 */

/** A page that has been read, and what else it takes to judge it. */
interface Read {
	ledger: Ledger;
	catalogue: Catalogue;
	definition: LaneDefinition;
	mapping: LaneMapping;
	port: DynamicsPort;
}

/** @throws SetUpProblem where nobody can be matched */
export async function leaveOutClosed(read: Read, records: RecordItem[]): Promise<void> {
	const { catalogue, definition } = read;
	for (const { name: table } of definition.tables) {
		const rows = records.filter((row) => row.table === table && !row.deleted);
		if (rows.length === 0) continue;
		const known = columnsIn(catalogue, table);
		const columns = (await seemEmptied(read, table, rows, known))
			? await lookForClosed(read, table, known)
			: known;
		const closed = [...columns.values()].filter(({ closedTo }) => closedTo === 'reading');
		const email = definition.twoWay && columns.get(twoWayOf(definition).email.column);
		if (email && closed.includes(email))
			throw new SetUpProblem(
				`The sync's user may not read ${email.label} (${email.name}) of ${table}s, by which people are found`,
				'Add the user to a column security profile that may read and update it',
			);
		for (const { values } of rows) for (const { name } of closed) delete values[name];
	}
}

/**
 * Whether a mapped column is empty that may have held something when sync last knew: by its base, also where that is
 * lost, or as an open question has shown it.
 */
async function seemEmptied(
	{ ledger, definition, mapping }: Read,
	table: DynamicsTable,
	rows: RecordItem[],
	columns: Columns,
): Promise<boolean> {
	const ids = rows.map(({ id }) => id);
	const linked = await linksOfRows(ledger.db, definition.id, ids);
	const links = new Map(linked.map((link) => [linkSubject(link), link]));
	const questions = await questionsOf(
		ledger.db,
		linked.map(({ id }) => id),
	);
	const mapped = (mapping[table]?.rows ?? []).flatMap(({ id, column }) => {
		const found = columns.get(column);
		if (!found || found.closedTo === 'reading') return [];
		return [{ id, name: column, empty: fingerprintOf(ledger.key, found, 'dynamics', null) }];
	});
	return rows.some((row) => {
		const link = links.get(recordSubject(row));
		if (!link) return false;
		const bases = basesOf(ledger, link, 'dynamics');
		return mapped.some(({ id, name, empty }) => {
			if (row.values[name] === undefined || !isBlank(row.values[name])) return false;
			const asked = questions.get(link.id)?.find((question) => question.row === id);
			const base = bases.get(name);
			const held = asked?.shown.dynamics ?? lastHeld(bases, name);
			return base?.kind === 'lost' || (held !== null && held !== empty);
		});
	});
}

/** Asks which columns are closed. One call; one more where there is a secured column. */
export async function lookForClosed(
	{ ledger, catalogue, port }: Pick<Read, 'ledger' | 'catalogue' | 'port'>,
	table: DynamicsTable,
	known: Columns,
): Promise<Columns> {
	const closed = await port.closedColumns(table);
	const columns = [...known.values()].map(({ closedTo: _, ...column }) => {
		const closedTo = closed.get(column.name);
		return closedTo ? { ...column, closedTo } : column;
	});
	const changed = await changeColumns(ledger.db, table, columns);
	catalogue.set(table, { columns: changed, at: catalogue.get(table)?.at ?? 0 });
	return changed;
}
