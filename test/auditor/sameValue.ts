import type { Row } from '../vendors/dynamics';
import type { MappedRow, Transform } from './mapping';
import { labelIn, type Column, type Kind } from './vendorTypes';

/** A mapped pair of values, with what is needed to compare them. */
export interface Compared {
	mapped: MappedRow;
	column: Column;
	field: Kind;
	row: Row;
	/** Marketo's value. */
	value: unknown;
}

const isNothing = (value: unknown) => value === null || value === undefined || value === '';

const asText = (value: unknown) =>
	String(value as string)
		.replace(/\r\n?/g, '\n')
		.trim();

/** Joiners, direction marks and the like make no other mailbox. */
const asMailbox = (value: unknown) =>
	asText(value)
		.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
		.toLowerCase();

function asYesNo(value: unknown): boolean | null {
	if (isNothing(value)) return null;
	return /^(true|1|yes)$/i.test(asText(value));
}

function asMoment(value: unknown): string {
	const text = asText(value)
		.replace(' ', 'T')
		.replace(/Z\+0000$/, 'Z');
	const time = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`);
	return Number.isNaN(time) ? text : new Date(Math.floor(time / 1000) * 1000).toISOString();
}

/** Text after the row's changes of value. */
function reshaped(text: string, { trim, letterCase, truncate }: Transform): string {
	let shaped = trim ? text.trim() : text;
	if (letterCase === 'lower') shaped = shaped.toLowerCase();
	if (letterCase === 'upper') shaped = shaped.toUpperCase();
	if (letterCase === 'title') {
		const start = /(^|[\s'-])(\p{L})/gu;
		shaped = shaped.toLowerCase().replace(start, (found) => found.toUpperCase());
	}
	return truncate ? [...shaped].slice(0, truncate).join('') : shaped;
}

function sameText(one: string, other: string, transform: Transform): boolean {
	const there = asText(reshaped(one, transform));
	const back = asText(reshaped(other, transform));
	return there === asText(other) || back === asText(one);
}

/** What Dynamics has, in the terms in which it should stand in Marketo. */
function carried({ mapped, column, row }: Compared): unknown {
	const { choiceBy, constant, defaultWhenEmpty } = mapped.transform;
	if (!isNothing(constant)) return constant;
	const own = row[column.wireName];
	if (isNothing(own)) return defaultWhenEmpty ?? null;
	return column.kind === 'choice' && choiceBy !== 'value' ? (labelIn(row, column) ?? own) : own;
}

/** Whether Dynamics has no value. An unset yes/no is none. */
export const isEmptyInDynamics = ({ row, column }: Compared) => isNothing(row[column.wireName]);

/** Whether Marketo has no value. It has no unset yes/no. */
export const isEmptyInMarketo = ({ value }: Compared) => isNothing(value);

/**
 * Whether both systems say the same, in the normal form of the kind of value: outer blanks, line
 * ends, letter case of e-mail addresses and choices, zone and fractions of a time are no difference;
 * Marketo has no unset yes/no, so there it is no.
 */
export function isSame(compared: Compared): boolean {
	const { mapped, column, field, value } = compared;
	const there = carried(compared);
	if (column.kind === 'yesNo') {
		const yes = asYesNo(there) ?? false;
		return (mapped.transform.invert ? !yes : yes) === (asYesNo(value) ?? false);
	}
	if (isNothing(there) || isNothing(value)) return isNothing(there) && isNothing(value);
	const kinds = [column.kind, field];
	if (kinds.includes('day')) return asText(there).slice(0, 10) === asText(value).slice(0, 10);
	if (kinds.includes('moment')) return asMoment(there) === asMoment(value);
	if (column.kind === 'number') {
		const digits = column.precision ?? 10;
		return Number(there).toFixed(digits) === Number(value).toFixed(digits);
	}
	if (kinds.includes('email')) return asMailbox(there) === asMailbox(value);
	if (kinds.some((kind) => kind === 'id' || kind === 'choice')) {
		return asText(there).toLowerCase() === asText(value).toLowerCase();
	}
	return sameText(String(there as string), String(value as string), mapped.transform);
}
