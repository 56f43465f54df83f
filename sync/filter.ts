import type { Conditions } from './condition';
import { closedTo, conditionsInWords, judgeBy, type About, type Judge } from './conditions';
import type { DynamicsTable } from './items';
import type { LaneTable } from './lanes/definition';
import type { Columns } from './ledger/columns';
import { hashOf } from './mappingHash';
import { asBoolean } from './normalForm';

/** What becomes of a person whose lead or contact leaves the filter. Native: it is left as it is. */
export type WhenLeft = 'leave' | 'flag' | 'unlink';

/**
 * What becomes of the second person where two linked rows of Dynamics were merged: merged in Marketo as well, for good,
 * or unlinked.
 */
export type WhenMerged = 'merge' | 'unlink';

/** What becomes of the second row where two linked people were merged in Marketo: merged as well, or named. */
export type WhenPeopleMerged = 'merge' | 'name';

/** R54: who takes part in a sync. */
export interface SyncFilter {
	tables: Record<DynamicsTable, Conditions | undefined>;
	/** Whether an explicit No in the table's own column of the filter (`new_synctomkto`) counts, where it has that column. */
	heedsColumn: boolean;
	whenLeft: WhenLeft;
}

/** As in Adobe's sync: only an explicit No in `new_synctomkto` leaves a record out (native-sync O2), which becomes stale (O4). */
export const NATIVE_FILTER: SyncFilter = { tables: {}, heedsColumn: true, whenLeft: 'leave' };

/** Columns that a table's filter looks at, as far as they are there: they are read along. */
export function filterColumns(filter: SyncFilter, table: LaneTable, columns: Columns): string[] {
	const named = (filter.tables[table.name]?.conditions ?? []).map(({ column }) => column);
	const own = filter.heedsColumn && table.filterColumn ? [table.filterColumn] : [];
	return [...named, ...own].filter((name) => columns.has(name));
}

/** Names what people set: another one is judged of all records anew. Undefined: nothing was set. */
export function filterName(
	{ tables, whenLeft }: SyncFilter,
	table: DynamicsTable,
): string | undefined {
	const filter = tables[table];
	const isSet = Boolean(filter?.conditions.length) || whenLeft !== 'leave';
	return isSet ? hashOf({ ...filter, whenLeft }) : undefined;
}

/** `accounts`, `opportunities` */
export function rowsInWords(label: string): string {
	return `${label.toLowerCase()}s`.replace(/ys$/, 'ies');
}

const NONE: Conditions = { conditions: [], match: 'all' };

const aboutOf = ({ label }: LaneTable): About => ({
	what: `the sync filter for ${rowsInWords(label)}`,
	side: 'dynamics',
	where: 'Get Dynamics Changes',
});

/**
 * Whether a row takes part, by its values. Change tracking takes no `$filter`, so each row that is read is judged here,
 * in the same way whatever it was read for.
 * @throws SetUpProblem for a condition that cannot be judged
 */
export function judgeOf(filter: SyncFilter, table: LaneTable, columns: Columns): Judge {
	const meets = judgeBy(filter.tables[table.name] ?? NONE, columns, aboutOf(table));
	const own = ownTest(filter, table, columns);
	return (values) => own(values) && meets(values);
}

/** Only an explicit No leaves a row out: empty and Yes take part. */
function ownTest({ heedsColumn }: SyncFilter, table: LaneTable, columns: Columns): Judge {
	const { filterColumn } = table;
	const column = heedsColumn && filterColumn ? columns.get(filterColumn) : undefined;
	if (!column) return () => true;
	if (column.closedTo === 'reading') throw closedTo(column, aboutOf(table));
	return (values) => asBoolean(values[column.name]) !== false;
}

/** What a table's filter asks for, for people; empty where it asks for nothing. */
export function filterInWords(filter: SyncFilter, table: LaneTable, columns: Columns): string {
	const set = conditionsInWords(filter.tables[table.name] ?? NONE, columns);
	const own = filter.heedsColumn && table.filterColumn && columns.get(table.filterColumn);
	return [...(set ? [set] : []), ...(own ? [`${own.label} is not No`] : [])].join('; ');
}
