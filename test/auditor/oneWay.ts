import type { Row } from '../vendors/dynamics';
import { recordedExcuse } from './excuse';
import type { LedgerView, Link } from './ledgerFile';
import type { MappedRow, OneWayLane } from './mapping';
import { recordColumn, tablesOf, type OneWaySystems } from './oneWaySystems';
import { checkRoles } from './roles';
import { isSame, type Compared } from './sameValue';
import { checkLedger, subject, type Problem } from './structure';
import type { Column } from './vendorTypes';

/** A row and the record that it has become. */
export interface Stood {
	link: Link<string>;
	row: Row;
	record: Row;
}

/** A mapped field of such a pair, with the reason why it may differ. */
export interface Looked {
	link: Link<string>;
	mapped: MappedRow;
	compared: Compared;
	excuse: string | undefined;
}

/** What one of these has of the problems, and the pairs to compare. */
export interface Structure {
	problems: Problem[];
	pairs: Stood[];
}

/** What is wrong in a lane beside the values, and the rows whose record is there. */
export function structureOf(
	lane: OneWayLane,
	ledger: LedgerView<string>,
	people: LedgerView,
	systems: OneWaySystems,
): Structure {
	const { pairs, problems } =
		lane.lane === 'roles'
			? checkRoles(ledger, people, systems)
			: { pairs: standing(ledger, systems), problems: [...checkOwn(lane, ledger, systems)] };
	const records = new Map(
		[...systems.records.values()].map((record) => [String(record[systems.idField]), record]),
	);
	const kept = checkLedger(ledger, ({ table, dynamicsId, marketoId }) => ({
		...systems.rows.get(table)?.get(dynamicsId),
		...records.get(marketoId ?? ''),
	}));
	const named = [...problems, ...kept].map(({ record, problem }) => ({
		record: `${lane.lane} ${record}`,
		problem,
	}));
	return { pairs, problems: named };
}

const standing = (ledger: LedgerView<string>, { rows, records }: OneWaySystems): Stood[] =>
	ledger.links.flatMap((link) => {
		const row = rows.get(link.table)?.get(link.dynamicsId);
		const record = records.get(link.dynamicsId);
		return link.state === 'active' && row && record ? [{ link, row, record }] : [];
	});

/** Of records that are told apart by the row's ID: each row has its own, and it is known why not. */
function* checkOwn(
	{ whenDeleted, ...lane }: OneWayLane,
	ledger: LedgerView<string>,
	{ rows, records, idField }: OneWaySystems,
): Generator<Problem> {
	const links = new Map(ledger.links.map((link) => [subject(link), link]));
	for (const table of tablesOf({ whenDeleted, ...lane })) {
		for (const id of rows.get(table)!.keys()) {
			const name = `${table}:${id}`;
			const link = links.get(name);
			if (ledger.needHelp.has(name)) continue;
			if (!link) yield { record: name, problem: 'was not taken up' };
			else if (link.state !== 'active')
				yield { record: name, problem: `is in Dynamics, but the link is ${link.state}` };
		}
	}
	for (const [record, link] of links) {
		const there = records.get(link.dynamicsId);
		if (!rows.has(link.table) || ledger.needHelp.has(record)) continue;
		if (link.state === 'active') {
			if (!rows.get(link.table)!.has(link.dynamicsId))
				yield { record, problem: 'is linked but not in Dynamics' };
			if (!there) yield { record, problem: 'is linked, but its record is not in Marketo' };
			else if (String(there[idField]) !== link.marketoId)
				yield {
					record,
					problem: `is linked with ${link.marketoId}, but is ${String(there[idField])} in Marketo`,
				};
		} else if (link.state === 'goneInDynamics' && there) {
			const choice = whenDeleted[link.table];
			if (choice === 'delete')
				yield { record, problem: 'is deleted in Dynamics, but its record is in Marketo' };
			else if (choice && there[choice.mark] !== true)
				yield { record, problem: `is deleted in Dynamics, but not marked in ${choice.mark}` };
		}
	}
}

/** Every mapped field of the pairs; or what is not there to be compared. */
export function* compareFields(
	{ mapping }: OneWayLane,
	ledger: LedgerView<string>,
	{ columns, fields }: OneWaySystems,
	{ link, row, record }: Stood,
): Generator<Looked | Problem> {
	for (const mapped of mapping.filter(({ table }) => table === link.table)) {
		const own = columns.get(link.table)!;
		const named = own.get(mapped.column);
		const column = own.get(recordColumn(mapped.column, mapped.field)) ?? named;
		const field = fields.get(mapped.field);
		if (!column || !named || !field) {
			const missing = column ? `field ${mapped.field}` : `column ${mapped.column}`;
			yield { record: subject(link), problem: `There is no ${missing}` };
			continue;
		}
		const compared: Compared = { mapped, column, field, row, value: record[mapped.field] };
		const excuse = isSame(compared)
			? undefined
			: (recordedExcuse(ledger, link, compared) ?? waits(ledger, link, row, named));
		yield { link, mapped, compared, excuse };
	}
}

/** A reference may stay behind as long as the record that it names is not in Marketo. */
function waits(
	{ waiting }: LedgerView<string>,
	link: Link<string>,
	row: Row,
	{ wireName }: Column,
): string | undefined {
	const id = String((row[wireName] as string | null) ?? '').toLowerCase();
	const parents = [...(waiting.get(subject(link)) ?? [])];
	return parents.some((parent) => id !== '' && parent.endsWith(`:${id}`))
		? 'waits for the record that it names'
		: undefined;
}
