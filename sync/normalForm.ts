import { DateTime } from 'luxon';
import type { Side } from './items';
import { visible } from './convert/texts';
import { isBlank, type Column, type Raw } from './values';

/**
 * To be raised with any change of what `normalForm` makes of a value. What the ledger holds of before is unset
 * then: all pairs are compared anew, and none looks edited.
 */
export const NORMAL_FORM = 1;

/**
 * The one spelling of a value that sync compares and remembers: two raw values mean the same exactly
 * when their normal forms are equal. `null` is "empty". Only ever compared within one side.
 *
 * What is no difference: outer white space and line ends in text, letter case of e-mails and GUIDs, signs
 * in e-mails that nobody sees,
 * trailing zeros, milliseconds and zone of a time, the order of several choices. Marketo has no unset
 * yes/no: null is false there.
 */
export function normalForm(column: Column, side: Side, raw: Raw | undefined): string | null {
	if (column.type === 'boolean') {
		const flag = asBoolean(raw);
		if (flag === null) return side === 'marketo' ? 'false' : null;
		return String(flag);
	}
	if (isBlank(raw)) return null;
	switch (column.type) {
		case 'text':
		case 'phone':
		case 'url':
		case 'longText':
			return String(raw).replace(/\r\n?/g, '\n').trim().normalize('NFC') || null;
		case 'email':
			return visible(String(raw)).toLowerCase() || null;
		case 'id':
		case 'lookup':
			return String(raw).trim().replace(/[{}]/g, '').toLowerCase() || null;
		case 'integer':
		case 'decimal':
			return normalNumber(raw, column.precision);
		case 'choice':
			return normalNumber(raw, 0);
		case 'multiChoice':
			return String(raw)
				.split(',')
				.map((part) => part.trim())
				.filter(Boolean)
				.sort((a, b) => Number(a) - Number(b))
				.join(',');
		case 'date':
			return dateOnly(String(raw));
		case 'dateTime':
			return utcSecond(String(raw));
	}
}

function normalNumber(raw: Raw, precision?: number): string {
	const number = typeof raw === 'number' ? raw : Number(String(raw).trim());
	if (!Number.isFinite(number)) return String(raw).trim();
	const rounded = precision === undefined ? number : Number(number.toFixed(precision));
	return String(Object.is(rounded, -0) ? 0 : rounded);
}

/** Reads yes/no in every spelling the two systems use; null where it is none. */
export function asBoolean(raw: Raw | undefined): boolean | null {
	if (typeof raw === 'boolean') return raw;
	if (typeof raw === 'number') return raw !== 0;
	if (typeof raw !== 'string') return null;
	const word = raw.trim().toLowerCase();
	if (['true', '1', 'yes'].includes(word)) return true;
	if (['false', '0', 'no'].includes(word)) return false;
	return null;
}

/** The calendar day as it is written: a date without a time is the same day in every time zone. */
export function dateOnly(text: string): string {
	return /^\d{4}-\d{2}-\d{2}/.exec(text.trim())?.[0] ?? text.trim();
}

/**
 * A time as UTC, whole seconds. Accepts `Z`, `+hh:mm`, `+hhmm`, `Z+0000` and a blank instead of `T`
 * (all seen in Marketo answers and logs); a time without a zone is taken as UTC.
 */
export function utcSecond(text: string): string {
	const cleaned = text
		.trim()
		.replace(/Z\+0000$/, 'Z')
		.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T');
	// Nearly all times come as this very spelling, and a page has thousands.
	if (isWholeSecond(cleaned)) return cleaned;
	const time = DateTime.fromISO(cleaned, { zone: 'utc' });
	return time.isValid ? time.toFormat("yyyy-MM-dd'T'HH:mm:ss'Z'") : text.trim();
}

const WHOLE_SECOND = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Whether it is a time that there is, spelled as `utcSecond` does: a month of 31 days has no more. */
export function isWholeSecond(text: string): boolean {
	return WHOLE_SECOND.test(text) && new Date(text).getUTCDate() === Number(text.slice(8, 10));
}
