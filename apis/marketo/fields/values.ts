import { DateTime } from 'luxon';

import type { PersonField } from './personFields';

/** What JSON holds in one field of a person. */
export type FieldValue = string | number | boolean | null;

/** A value that a field cannot take, found before Marketo is asked. */
export class UnfitValue extends Error {
	constructor(
		readonly field: string,
		message: string,
		readonly remedy: string,
	) {
		super(message);
		this.name = 'UnfitValue';
	}
}

const WHOLE_NUMBERS = new Set(['integer', 'score', 'percent']);
const NUMBERS = new Set(['float', 'currency']);
/** `Number` alone would also take `0x10`. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Only a text can be blank and be something. */
const TEXTS = new Set(['string', 'text', 'email', 'phone', 'url', 'reference']);
const SMALLEST_INTEGER = -2_147_483_648;
const LARGEST_INTEGER = 2_147_483_647;

/**
 * A value as Marketo's REST API wants it in this field; null, empty text and, but in texts, blanks clear
 * the field.
 *
 * A date keeps the day as it is written, whatever the zone; a time goes out in UTC, whole seconds
 * (Marketo drops milliseconds). A time without an offset is read in `zone`.
 *
 * @param value text, number, boolean, null, a JavaScript date or a Luxon date
 * @throws UnfitValue
 */
export function toMarketo(
	field: Pick<PersonField, 'name' | 'label' | 'dataType'>,
	value: unknown,
	zone = 'UTC',
): FieldValue {
	if (value === null || value === undefined || value === '') return null;
	if (!TEXTS.has(field.dataType) && typeof value === 'string' && value.trim() === '') return null;
	if (field.dataType === 'date') return dayOf(field, value);
	if (field.dataType === 'datetime') return utcTime(field, value, zone);
	if (field.dataType === 'boolean') return yesOrNo(field, value);
	if (WHOLE_NUMBERS.has(field.dataType)) return wholeNumber(field, value);
	if (NUMBERS.has(field.dataType)) return number(field, value);
	return text(field, value);
}

/**
 * A time as Marketo writes it, in UTC and whole seconds (`2024-05-01T08:30:00Z`). Marketo writes
 * times in several ways: `Z`, `+00:00`, `+0000`, `Z+0000`, and in logs with a blank and no zone,
 * which is read as UTC. Anything else is given back as it is.
 */
export function utcSeconds(time: string): string {
	if (isUtcSeconds(time)) return time;
	const parsed = DateTime.fromISO(
		time
			.trim()
			.replace(' ', 'T')
			.replace(/Z\+0000$/, 'Z'),
		{
			zone: 'UTC',
		},
	);
	return parsed.isValid ? withoutMilliseconds(parsed) : time;
}

/** Nearly all times of a log come so; taking each apart takes longer than all else that is done with it. */
function isUtcSeconds(time: string): boolean {
	const milliseconds = time.length === 20 ? Date.parse(time) : NaN;
	return (
		!Number.isNaN(milliseconds) &&
		new Date(milliseconds).toISOString() === time.replace('Z', '.000Z')
	);
}

/** A value as it was read, times in one form. */
export function fromMarketo(dataType: string | undefined, value: unknown): FieldValue {
	if (value === undefined || value === null) return null;
	if (dataType === 'datetime' && typeof value === 'string') return utcSeconds(value);
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
		return value;
	}
	return JSON.stringify(value);
}

type Named = Pick<PersonField, 'name' | 'label'>;

function unfit(field: Named, what: string, remedy: string): UnfitValue {
	return new UnfitValue(field.name, `${field.label} (${field.name}) ${what}`, remedy);
}

function dayOf(field: Named, value: unknown): string {
	if (DateTime.isDateTime(value) && value.isValid) return value.toFormat('yyyy-MM-dd');
	const written = value instanceof Date ? value.toISOString() : String(value).trim();
	const day = /^\d{4}-\d{2}-\d{2}(?=$|[T ])/.exec(written)?.[0];
	if (!day || !DateTime.fromISO(day).isValid) {
		throw unfit(field, `cannot take '${written}' as a date`, 'Write the date as 2024-05-31');
	}
	return day;
}

function utcTime(field: Named, value: unknown, zone: string): string {
	const time = DateTime.isDateTime(value)
		? value
		: value instanceof Date
			? DateTime.fromJSDate(value)
			: DateTime.fromISO(String(value).trim().replace(' ', 'T'), { zone });
	if (!time.isValid) {
		throw unfit(
			field,
			`cannot take '${String(value)}' as a time`,
			'Write the time as 2024-05-31T14:00:00Z, or with another offset',
		);
	}
	return withoutMilliseconds(time);
}

function withoutMilliseconds(time: DateTime): string {
	return `${time.toUTC().toFormat("yyyy-MM-dd'T'HH:mm:ss")}Z`;
}

function yesOrNo(field: Named, value: unknown): boolean {
	if (typeof value === 'boolean') return value;
	const written = String(value).trim().toLowerCase();
	if (['true', '1', 'yes'].includes(written)) return true;
	if (['false', '0', 'no'].includes(written)) return false;
	throw unfit(field, `cannot take '${String(value)}' as yes or no`, 'Send true or false');
}

function wholeNumber(field: Named, value: unknown): number {
	const parsed = number(field, value);
	if (!Number.isInteger(parsed) || parsed < SMALLEST_INTEGER || parsed > LARGEST_INTEGER) {
		throw unfit(
			field,
			`cannot take ${parsed}`,
			`Send a whole number from ${SMALLEST_INTEGER} to ${LARGEST_INTEGER}`,
		);
	}
	return parsed;
}

function number(field: Named, value: unknown): number {
	const written = String(value).trim();
	const parsed = DECIMAL.test(written) ? Number(written) : NaN;
	if (!Number.isFinite(parsed)) {
		throw unfit(
			field,
			`cannot take '${String(value)}' as a number`,
			'Send a number, without units',
		);
	}
	return parsed;
}

function text(field: Named, value: unknown): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (value instanceof Date) return value.toISOString();
	if (DateTime.isDateTime(value) && value.isValid) return withoutMilliseconds(value);
	if (Array.isArray(value) && value.every((part) => typeof part === 'string'))
		return value.join(';');
	throw unfit(field, 'cannot take an object', 'Send text');
}
