import { createHmac } from 'node:crypto';
import type { Conditions } from '../../../sync/condition';
import type { BaseKey } from '../../../sync/fingerprint';
import type { Side } from '../../../sync/items';
import type { Raw, ValueType } from '../../../sync/values';
import {
	ALL_PAIRS,
	columnNamed,
	INDUSTRIES,
	pairOf,
	SHORT,
	ZONE,
	type FieldPair,
	type PairNames,
} from './fields';

/**
 * What values mean, in the judge's own view: nothing here comes from the sync, so that a wrong equality or
 * conversion of its is seen. It knows no more than what users of the simulation type.
 */

/** What a value says in a column or field, in one spelling; null where it says nothing. */
export function meaning(name: string, side: Side, raw: Raw | undefined): string | null {
	return meaningOf(columnNamed(name).type, side, raw);
}

export function meaningOf(type: ValueType, side: Side, raw: Raw | undefined): string | null {
	const text = raw === null || raw === undefined ? '' : String(raw).trim();
	if (type === 'boolean') return text || (side === 'marketo' ? 'false' : null);
	if (text === '') return null;
	switch (type) {
		case 'email':
		case 'id':
			return text.toLowerCase();
		case 'integer':
		case 'decimal':
		case 'choice':
			return String(Number(text));
		case 'date':
			return text.slice(0, 10);
		case 'dateTime':
			return `${new Date(text).toISOString().slice(0, 19)}Z`;
		default:
			return text;
	}
}

export function sameIn(name: string, side: Side, one: Raw, other: Raw): boolean {
	return meaning(name, side, one) === meaning(name, side, other);
}

export function isNothing(name: string, side: Side, value: Raw): boolean {
	return sameIn(name, side, value, null);
}

/** As the ledger spells what it compares. */
export function printOf({ secret }: BaseKey, name: string, side: Side, value: Raw): string {
	const said = meaning(name, side, value);
	return createHmac('sha256', secret)
		.update(said === null ? '0' : `1${said}`)
		.digest()
		.subarray(0, 8)
		.toString('base64url');
}

/** What a value of the one side becomes on the other; undefined where that cannot hold it. */
export function carried(pair: PairNames, to: Side, value: Raw): Raw | undefined {
	const [from, there] = to === 'marketo' ? [pair.column, pair.field] : [pair.field, pair.column];
	const said = meaning(from, to === 'marketo' ? 'dynamics' : 'marketo', value);
	if (said === null)
		return columnNamed(there).type === 'boolean' && to === 'marketo' ? false : null;
	switch (wayOf(pair)) {
		case 'inverted':
			return said !== 'true';
		case 'label':
			return to === 'marketo' ? labelOf(Number(said)) : choiceOf(said);
		case 'number':
			if (to === 'marketo') return said;
			return /^-?\d+(\.\d+)?$/.test(said) ? Math.round(Number(said) * 100) / 100 : undefined;
		case 'day':
			return to === 'marketo' ? midnight(said) : dayOf(new Date(said));
		case 'short':
			return to === 'dynamics' && said.length > SHORT ? undefined : said;
		default:
			return value;
	}
}

/** Pairs that somebody put together while the sync was in use are texts, and stay as they are. */
function wayOf({ column, field }: PairNames): FieldPair['way'] {
	return ALL_PAIRS.find((one) => one.column === column && one.field === field)?.way;
}

/** Two values are one where either is what the other becomes. */
export function agree(pair: PairNames, dynamics: Raw, marketo: Raw): boolean {
	const there = carried(pair, 'marketo', dynamics);
	const back = carried(pair, 'dynamics', marketo);
	return (
		(there !== undefined && sameIn(pair.field, 'marketo', there, marketo)) ||
		(back !== undefined && sameIn(pair.column, 'dynamics', back, dynamics))
	);
}

/** R59: whether a person meets conditions, of the few kinds that histories have. */
export function meets(
	conditions: Conditions | undefined,
	valueOf: (field: string) => Raw,
): boolean {
	return (conditions?.conditions ?? []).some(({ column, operator, value }) => {
		const said = meaning(column, 'marketo', valueOf(column));
		switch (operator) {
			case 'notEmpty':
				return said !== null;
			case 'ge':
				return said !== null && Number(said) >= Number(value);
			case 'eq':
				return said === (value === 'No' ? 'false' : String(value));
			default:
				return said !== value;
		}
	});
}

/** What the other side gets to know of a value: that is what it becomes there, if it can be anything. */
export function told(name: string, side: Side, value: Raw): string | null {
	const pair = pairOf(name)!;
	const to = side === 'dynamics' ? 'marketo' : 'dynamics';
	const there = carried(pair, to, value);
	return there === undefined
		? `?${meaning(name, side, value)}`
		: meaning(to === 'dynamics' ? pair.column : pair.field, to, there);
}

/** A label alone where no other choice has it. */
function labelOf(number: number): string {
	const label = INDUSTRIES[number]!;
	const isShared = Object.values(INDUSTRIES).filter((one) => one === label).length > 1;
	return isShared ? `${label} (${number})` : label;
}

function choiceOf(text: string): number | undefined {
	const numbers = Object.keys(INDUSTRIES).map(Number);
	const named = numbers.filter((one) => INDUSTRIES[one]!.toLowerCase() === text.toLowerCase());
	if (named.length > 0) return named.length === 1 ? named[0] : undefined;
	return numbers.find((one) => text === `${INDUSTRIES[one]} (${one})` || text === String(one));
}

const day = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short' });

function dayOf(moment: Date): string {
	return day.format(moment);
}

/** When a day begins: its first hour that the zone counts to it. */
function midnight(date: string): string {
	let at = Date.parse(`${date}T00:00:00Z`) - 26 * 3_600_000;
	while (dayOf(new Date(at)) !== date) at += 3_600_000;
	return new Date(at).toISOString();
}
