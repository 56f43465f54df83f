import type { DynamicsTable } from './items';
import type { EmptyRule, MappingRow } from './mapping';
import { transformHash } from './mappingHash';

/** What of a row of the mapping says what two linked records have to agree on. */
interface Rule extends Pick<MappingRow, 'direction'> {
	transform: string;
	empty: EmptyRule;
	onlyOnCreate: boolean;
}

/** A row that is worked, and since which edition. */
export interface EditionRow extends Rule {
	table: DynamicsTable;
	/** `column>field` */
	id: string;
	since: number;
}

/**
 * R50: the rows of a lane's mapping that are worked. Its number goes up with each that has to reach the linked
 * records; each link knows the edition by which it was compared last.
 */
export interface Edition {
	number: number;
	rows: EditionRow[];
}

/** A row that is worked, with the rule for empty values that holds for it. */
export interface RowAtWork {
	table: DynamicsTable;
	row: MappingRow;
	empty: EmptyRule;
}

/** What makes of a row another one, whatever its pair. */
export function editionRow({ table, row, empty }: RowAtWork, since: number): EditionRow {
	const { id, direction, transform, onlyOnCreate = false } = row;
	return { table, id, direction, transform: transformHash(transform), empty, onlyOnCreate, since };
}

/** The next edition, or the one of before where no row is another. `null`: nothing was ever taken up. */
export function nextEdition(before: Edition | null, atWork: RowAtWork[]): Edition {
	const number = before?.number ?? 0;
	const known = new Map(before?.rows.map((row) => [keyOf(row), row]));
	const rows = atWork.map((one) => {
		const old = known.get(keyOf({ table: one.table, id: one.row.id }));
		const next = editionRow(one, before ? number + 1 : number);
		return old && !asksForMore(old, next) ? { ...next, since: old.since } : next;
	});
	return { number: Math.max(number, ...rows.map(({ since }) => since)), rows };
}

const keyOf = ({ table, id }: Pick<EditionRow, 'table' | 'id'>) => `${table} ${id}`;

/** From the one that asks for most. */
const EMPTY_RULES: EmptyRule[] = ['copy', 'neverOverwrite', 'onlyFill'];

/** Whether what was left apart by the row of before has to agree now. Who wins says nothing of that. */
function asksForMore(before: Rule, now: Rule): boolean {
	return (
		before.transform !== now.transform ||
		before.direction !== now.direction ||
		(before.onlyOnCreate && !now.onlyOnCreate) ||
		EMPTY_RULES.indexOf(now.empty) < EMPTY_RULES.indexOf(before.empty)
	);
}
