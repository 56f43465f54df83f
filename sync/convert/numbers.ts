import type { Column, Raw } from '../values';
import { refused, type Converted } from './refused';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number, or a text that spells one; NaN for all else (`0x10`, `Infinity`, `1,5`). */
export function numberIn(value: Raw): number {
	if (typeof value === 'number') return value;
	const text = String(value).trim();
	return DECIMAL.test(text) ? Number(text) : NaN;
}

/** Rounds half away from zero on the digits as they are written, as Dataverse does: 1.005 is 1.01. */
export function rounded(value: number, digits: number): number {
	const [mantissa, exponent = '0'] = String(Math.abs(value)).split('e');
	const whole = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
	// Beyond that a number has no digits left to round.
	if (!Number.isSafeInteger(whole)) return value;
	return Math.sign(value) * Number(`${whole}e${-digits}`) || 0;
}

/** All digits of a number, without an exponent. */
export function digitsOf(value: number): string {
	const text = String(value);
	if (!text.includes('e')) return text;
	return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17 });
}

/** Whether a whole number has more digits than JSON carries exactly. */
export function isInexact(value: number): boolean {
	return Number.isInteger(value) && !Number.isSafeInteger(value);
}

export function asNumber(to: Column, value: Raw): Converted<number> {
	const parsed = numberIn(value);
	if (!Number.isFinite(parsed)) {
		return refused(
			to,
			'notNumber',
			`${to.label} expects a number, but got "${value}"`,
			'Correct the value: digits, and a point before the decimals',
		);
	}
	if (to.type === 'integer' && !Number.isInteger(parsed)) {
		return refused(
			to,
			'notWhole',
			`${to.label} expects a whole number, but got ${parsed}`,
			'Map this row to a decimal field, or correct the value',
		);
	}
	if (to.type === 'integer' && isInexact(parsed)) return tooManyDigits(to, String(value));
	const number = to.precision === undefined ? parsed : rounded(parsed, to.precision);
	const { min = -Infinity, max = Infinity } = to;
	if (number < min || number > max) {
		return refused(
			to,
			'outOfRange',
			`${to.label} takes ${rangeOf(to)}; the value is ${parsed}`,
			'Correct the value',
		);
	}
	return { value: number };
}

/** @param shown the value as it came */
export function tooManyDigits(to: Column, shown: string): Converted<never> {
	return refused(
		to,
		'tooManyDigits',
		`The whole number ${shown} has more digits than ${to.label} can hold exactly`,
		'Keep such numbers in text columns on both sides',
	);
}

function rangeOf({ min, max }: Column): string {
	if (min === undefined) return `at most ${max}`;
	return max === undefined ? `${min} and more` : `${min} to ${max}`;
}
