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
