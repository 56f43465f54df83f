import { fit } from './convert';
import type { DynamicsTable } from './items';
import type { LaneTable } from './lanes/definition';
import type { Columns } from './ledger/columns';
import { hashOf } from './mappingHash';
import { asBoolean, normalForm } from './normalForm';
import { SetUpProblem } from './ports';
import { isBlank, type Column, type Raw } from './values';

/** How a condition compares; the same as in the vendor's `$filter`. */
export type Operator =
	| 'eq'
	| 'ne'
	| 'gt'
	| 'ge'
	| 'lt'
	| 'le'
	| 'contains'
	| 'startswith'
	| 'endswith'
	| 'empty'
	| 'notEmpty';

export interface Condition {
	column: string;
	operator: Operator;
	/** As a person has written it; nothing for `empty` and `notEmpty`. */
	value?: Raw;
}

/** Which records of a table take part. */
export interface TableFilter {
	conditions: Condition[];
	/** All of them have to be met, or one. */
	match: 'all' | 'any';
}

/** What becomes of a person whose lead or contact leaves the filter. Native: it is left as it is. */
export type WhenLeft = 'leave' | 'flag' | 'unlink';

/**
 * What becomes of the second person where two linked rows of Dynamics were merged: merged in Marketo as well, for good,
 * or unlinked.
 */
export type WhenMerged = 'merge' | 'unlink';

/** R54: who takes part in a sync. */
export interface SyncFilter {
	tables: Record<DynamicsTable, TableFilter | undefined>;
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

export type Judge = (values: Readonly<Record<string, Raw>>) => boolean;

/**
 * Whether a row takes part, by its values. Change tracking takes no `$filter`, so each row that is read is judged here,
 * in the same way whatever it was read for; what a comparison means is as in Dynamics: letter case is no difference in
 * text, and an empty value is "not equal" to anything, greater or less than nothing.
 * @throws SetUpProblem for a condition that cannot be judged: nobody is let in or left out by mistake
 */
export function judgeOf(filter: SyncFilter, table: LaneTable, columns: Columns): Judge {
	const { conditions, match } = filter.tables[table.name] ?? { conditions: [], match: 'all' };
	const of = `${table.label.toLowerCase()}s`;
	const tests = conditions.map((condition) => testOf(condition, columns, of));
	const own = ownTest(filter, table, columns);
	return (values) =>
		own(values) &&
		(tests.length === 0 ||
			(match === 'all' ? tests.every((test) => test(values)) : tests.some((test) => test(values))));
}

/** Only an explicit No leaves a row out: empty and Yes take part. */
function ownTest(
	{ heedsColumn }: SyncFilter,
	{ filterColumn, label }: LaneTable,
	columns: Columns,
): Judge {
	const column = heedsColumn && filterColumn ? columns.get(filterColumn) : undefined;
	if (!column) return () => true;
	if (column.closedTo === 'reading') throw closed(column, `${label.toLowerCase()}s`);
	return (values) => asBoolean(values[column.name]) !== false;
}

/** The test of one condition. */
function testOf({ column: name, operator, value }: Condition, columns: Columns, of: string): Judge {
	const column = columns.get(name);
	if (!column)
		throw new SetUpProblem(
			`The sync filter for ${of} names the column ${name}, which does not exist (anymore)`,
			'Change the condition in Get Dynamics Changes, or create the column again',
		);
	if (column.closedTo === 'reading') throw closed(column, of);
	const normal = (raw: Raw | undefined) => normalForm(column, 'dynamics', raw);
	if (operator === 'empty') return (values) => normal(values[name]) === null;
	if (operator === 'notEmpty') return (values) => normal(values[name]) !== null;
	const compare = compareOf(column, operator, wantedBy(column, value ?? null, of), of);
	return (values) => {
		const held = normal(values[name]);
		return held === null ? operator === 'ne' : compare(comparable(column, held));
	};
}

const TEXTS: ReadonlyArray<Column['type']> = ['text', 'longText', 'email', 'phone', 'url'];
const PARTS: readonly Operator[] = ['contains', 'startswith', 'endswith'];
const UNORDERED: ReadonlyArray<Column['type']> = ['boolean', 'multiChoice', 'lookup', 'id'];

function compareOf(
	column: Column,
	operator: Operator,
	wanted: string | number,
	of: string,
): (held: string | number) => boolean {
	if (PARTS.includes(operator) && !TEXTS.includes(column.type))
		throw unusable(column, of, 'contains, starts with and ends with only work on text');
	if (UNORDERED.includes(column.type) && operator !== 'eq' && operator !== 'ne')
		throw unusable(column, of, 'it can only be compared with "is" and "is not"');
	switch (operator) {
		case 'eq':
			return (held) => held === wanted;
		case 'ne':
			return (held) => held !== wanted;
		case 'gt':
			return (held) => held > wanted;
		case 'ge':
			return (held) => held >= wanted;
		case 'lt':
			return (held) => held < wanted;
		case 'le':
			return (held) => held <= wanted;
		case 'contains':
			return (held) => String(held).includes(String(wanted));
		case 'startswith':
			return (held) => String(held).startsWith(String(wanted));
		case 'endswith':
			return (held) => String(held).endsWith(String(wanted));
		default:
			throw unusable(column, of, `"${operator}" is not a comparison`);
	}
}

/** The value that a condition names, as rows hold it: choices by label or number. */
function wantedBy(column: Column, value: Raw, of: string): string | number {
	if (isBlank(value))
		throw unusable(column, of, 'the value is missing; use "Is Empty" or "Is Not Empty"');
	// A part of a text need not fit into the column, nor be an address.
	if (TEXTS.includes(column.type)) return comparable(column, String(value).trim());
	const fitted = fit(column, 'dynamics', value);
	if ('refusal' in fitted) throw unusable(column, of, fitted.refusal.reason);
	return comparable(column, normalForm(column, 'dynamics', fitted.value) ?? '');
}

function comparable({ type }: Column, normal: string): string | number {
	if (type === 'integer' || type === 'decimal' || type === 'choice') return Number(normal);
	return TEXTS.includes(type) ? normal.toLowerCase() : normal;
}

function unusable({ label, name }: Column, of: string, why: string): SetUpProblem {
	return new SetUpProblem(
		`The condition on ${label} (${name}) in the sync filter for ${of} cannot be used: ${why}`,
		'Change the condition in Get Dynamics Changes',
	);
}

/** R47: what may not be read looks empty. */
function closed({ label, name }: Column, of: string): SetUpProblem {
	return new SetUpProblem(
		`The sync's user may not read ${label} (${name}) of ${of}, which the sync filter uses`,
		'Add the user to a column security profile that may read it, or change the filter in Get Dynamics Changes',
	);
}

const IN_WORDS: Record<Operator, string> = {
	eq: 'is',
	ne: 'is not',
	gt: 'is greater than',
	ge: 'is at least',
	lt: 'is less than',
	le: 'is at most',
	contains: 'contains',
	startswith: 'starts with',
	endswith: 'ends with',
	empty: 'is empty',
	notEmpty: 'is not empty',
};

/** What a table's filter asks for, for people; empty where it asks for nothing. */
export function filterInWords(filter: SyncFilter, table: LaneTable, columns: Columns): string {
	const { conditions, match } = filter.tables[table.name] ?? { conditions: [], match: 'all' };
	const nameOf = (name: string) => columns.get(name)?.label ?? name;
	const set = conditions.map(({ column, operator, value }) =>
		[nameOf(column), IN_WORDS[operator], ...(isBlank(value) ? [] : [`"${String(value)}"`])].join(
			' ',
		),
	);
	const joined = set.join(match === 'all' ? ' and ' : ' or ');
	const own =
		filter.heedsColumn && table.filterColumn && columns.has(table.filterColumn)
			? [`${nameOf(table.filterColumn)} is not No`]
			: [];
	return [...(joined ? [joined] : []), ...own].join('; ');
}
