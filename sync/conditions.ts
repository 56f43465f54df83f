import type { Condition, Conditions, Operator } from './condition';
import { fit } from './convert';
import type { Side } from './items';
import type { Columns } from './ledger/columns';
import { normalForm } from './normalForm';
import { SetUpProblem } from './ports';
import { isBlank, type Column, type Raw } from './values';

/** Judges a record by its values. */
export type Judge = (values: Readonly<Record<string, Raw>>) => boolean;

/** Of what conditions are, for messages. */
export interface About {
	/** `the sync filter for leads` */
	what: string;
	/** Whose values are compared, and in whose words. */
	side: Side;
	/** Where they are changed: `Get Dynamics Changes`. */
	where: string;
}

/**
 * Whether a record meets conditions, by its values. What a comparison means is as in Dynamics: letter case is no
 * difference in text, and an empty value is "not equal" to anything, greater or less than nothing.
 *
 * @throws SetUpProblem for a condition that cannot be judged: nobody is let in or left out by mistake
 */
export function judgeBy({ conditions, match }: Conditions, columns: Columns, about: About): Judge {
	const tests = conditions.map((condition) => testOf(condition, columns, about));
	return (values) =>
		tests.length === 0 ||
		(match === 'all' ? tests.every((test) => test(values)) : tests.some((test) => test(values)));
}

/** The test of one condition. */
function testOf(
	{ column: name, operator, value }: Condition,
	columns: Columns,
	about: About,
): Judge {
	const { what, side, where } = about;
	const kind = side === 'dynamics' ? 'column' : 'field';
	if (!name)
		throw new SetUpProblem(
			`A condition of ${what} names no ${kind}`,
			`Choose the ${kind} of the condition in ${where}, or remove the condition`,
		);
	const column = columns.get(name);
	if (!column)
		throw new SetUpProblem(
			`${sentence(what)} names the ${kind} ${name}, which does not exist (anymore)`,
			`Change the condition in ${where}, or create the ${kind} again`,
		);
	if (column.closedTo === 'reading') throw closedTo(column, about);
	const normal = (raw: Raw | undefined) => normalForm(column, side, raw);
	if (operator === 'empty') return (values) => normal(values[name]) === null;
	if (operator === 'notEmpty') return (values) => normal(values[name]) !== null;
	const compare = compareOf(column, operator, wantedBy(column, value ?? null, about), about);
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
	about: About,
): (held: string | number) => boolean {
	if (PARTS.includes(operator) && !TEXTS.includes(column.type))
		throw unusable(column, about, 'contains, starts with and ends with only work on text');
	if (UNORDERED.includes(column.type) && operator !== 'eq' && operator !== 'ne')
		throw unusable(column, about, 'it can only be compared with "is" and "is not"');
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
			throw unusable(column, about, `"${operator}" is not a comparison`);
	}
}

/** The value that a condition names, as rows hold it: choices by label or number. */
function wantedBy(column: Column, value: Raw, about: About): string | number {
	if (isBlank(value))
		throw unusable(column, about, 'the value is missing; use "Is Empty" or "Is Not Empty"');
	// A part of a text need not fit into the column, nor be an address.
	if (TEXTS.includes(column.type)) return comparable(column, String(value).trim());
	const fitted = fit(column, about.side, value);
	if ('refusal' in fitted) throw unusable(column, about, fitted.refusal.reason);
	return comparable(column, normalForm(column, about.side, fitted.value) ?? '');
}

function comparable({ type }: Column, normal: string): string | number {
	if (type === 'integer' || type === 'decimal' || type === 'choice') return Number(normal);
	return TEXTS.includes(type) ? normal.toLowerCase() : normal;
}

function unusable({ label, name }: Column, { what, where }: About, why: string): SetUpProblem {
	return new SetUpProblem(
		`The condition on ${label} (${name}) in ${what} cannot be used: ${why}`,
		`Change the condition in ${where}`,
	);
}

/** R47: what may not be read looks empty. */
export function closedTo({ label, name }: Column, { what, where }: About): SetUpProblem {
	return new SetUpProblem(
		`The sync's user may not read ${label} (${name}), which ${what} uses`,
		`Add the user to a column security profile that may read it, or change the filter in ${where}`,
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

/** What conditions ask for, for people; empty where they ask for nothing. */
export function conditionsInWords({ conditions, match }: Conditions, columns: Columns): string {
	const set = conditions.map(({ column, operator, value }) =>
		[
			columns.get(column)?.label ?? (column || 'a column not chosen yet'),
			IN_WORDS[operator],
			...(isBlank(value) ? [] : [`"${String(value)}"`]),
		].join(' '),
	);
	return set.join(match === 'all' ? ' and ' : ' or ');
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
