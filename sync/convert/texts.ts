import type { Transform } from '../mapping';
import type { Column, Raw } from '../values';
import { refused, type Converted } from './refused';

/** Signs that nobody sees: joiners, direction marks, byte order marks, control characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu;

/** A mailbox without what nobody sees in it. */
export function visible(email: string): string {
	return email.replace(INVISIBLE, '').trim();
}

export function reshaped(text: string, to: Column, transform: Transform): string {
	let value = transform.trim ? text.trim() : text;
	if (transform.letterCase === 'lower') value = value.toLowerCase();
	if (transform.letterCase === 'upper') value = value.toUpperCase();
	if (transform.letterCase === 'title') {
		value = value
			.toLowerCase()
			.replace(
				/(^|[\s'-])(\p{L})/gu,
				(_, before: string, letter: string) => before + letter.toUpperCase(),
			);
	}
	return transform.truncate === undefined ? value : cut(value, transform.truncate, to);
}

/** So many characters at most, and no more than the field takes by its vendor's own measure; no character is cut in two. */
function cut(text: string, most: number, to: Column): string {
	const signs = [...text];
	let end = Math.min(most, signs.length);
	const fits = () =>
		to.maxLength === undefined || lengthIn(to, signs.slice(0, end)) <= to.maxLength;
	while (end > 0 && (!fits() || isWithin(signs, end))) end--;
	return signs.slice(0, end).join('');
}

/** Whether what follows belongs to the sign before: an accent of its own, a part of a joined sign. */
function isWithin(signs: string[], end: number): boolean {
	const next = signs[end];
	return next !== undefined && (/^[\p{M}\u200d]$/u.test(next) || signs[end - 1] === '\u200d');
}

function lengthIn(to: Column, signs: string[]): number {
	return lengthOf(to, signs.join(''));
}

function lengthOf(to: Column, text: string): number {
	return to.measure === 'bytes' ? Buffer.byteLength(text) : text.length;
}

export function asText(to: Column, value: Raw): Converted {
	const given = typeof value === 'string' ? value : String(value);
	// Half of a sign, cut off by another program, is none that could be sent.
	const whole = given.replace(/\p{Surrogate}/gu, '\ufffd');
	const text = to.type === 'email' ? visible(whole) : whole;
	const length = lengthOf(to, text);
	if (to.maxLength === undefined || length <= to.maxLength) return { value: text || null };
	const unit = to.measure === 'bytes' ? 'bytes' : 'characters';
	return refused(
		to,
		'tooLong',
		`${to.label} holds at most ${to.maxLength} ${unit}; the value has ${length}`,
		'Shorten the value, or move this row to a One Way group and set Truncate To',
	);
}
