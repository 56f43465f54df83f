import type { Side } from '../items';
import { normalForm } from '../normalForm';
import type { Column, Raw, ValueType } from '../values';

const TEXTS: readonly ValueType[] = ['text', 'longText', 'email', 'phone', 'url'];

/**
 * What a text keeps however a system tidies it up on storing: its letters and digits, without case and
 * accents (R14). Null for what is no text.
 */
export function likeness(column: Column, raw: Raw | undefined): string | null {
	if (!TEXTS.includes(column.type)) return null;
	return String(raw ?? '')
		.normalize('NFKD')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]/gu, '');
}

/** How far a system may be off on storing: numbers by less than a whole, times by less than a minute. */
const ROUNDING = { number: 1, milliseconds: 60_000 };

/** Whether what is stored still says what was sent: tidied up, rounded, or the very same (R14). */
export function isTidied(column: Column, side: Side, sent: Raw, stored: Raw): boolean {
	const [one, other] = [normalForm(column, side, sent), normalForm(column, side, stored)];
	if (one === other) return true;
	if (one === null || other === null) return false;
	switch (column.type) {
		case 'integer':
		case 'decimal':
			return Math.abs(Number(one) - Number(other)) < ROUNDING.number;
		case 'dateTime':
			return Math.abs(Date.parse(one) - Date.parse(other)) < ROUNDING.milliseconds;
		default:
			return TEXTS.includes(column.type) && likeness(column, sent) === likeness(column, stored);
	}
}

/** Whether a text is what is left of another one: cut off, or without some of its characters (R48). */
export function isShortened(column: Column, sent: Raw, stored: Raw): boolean {
	const [whole, rest] = [likeness(column, sent), likeness(column, stored)];
	if (whole === null || rest === null || rest.length >= whole.length) return false;
	let found = 0;
	for (const letter of whole) if (rest.startsWith(letter, found)) found += letter.length;
	return found === rest.length;
}
