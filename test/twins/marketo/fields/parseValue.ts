import type { LeadField } from './field';
import { isoSeconds, parseDateTime, parseDay } from './time';

/** What a value has to fit. */
export type ValueField = Pick<LeadField, 'dataType' | 'length'>;

/** What a field holds: null when empty; a boolean is never null. */
export type FieldValue = string | number | boolean | null;

/** Undocumented behaviour that can be chosen. */
export interface ValueRules {
	/** What happens to a string longer than its field. */
	readonly longStrings: 'reject' | 'truncate';
	/** Blanks around strings are taken off. */
	readonly trimStrings: boolean;
	/** Texts are stored up to what this regular expression finds first; empty: as they are. */
	readonly cutTextsAt?: string;
}

/** The value does not fit the field. */
export class InvalidValue extends Error {}

const TEXT_AREA_BYTES = 30_000;
const INT32_MAX = 2 ** 31 - 1;
const EMAIL = /^(?=[\x21-\x7e]+$)[^\s@,;<>()"]+@[^\s@,;<>()".]+(\.[^\s@,;<>()".]+)+$/;

/**
 * The value as the instance stores it: "" and null clear, null makes a boolean false, fractions
 * of a second are dropped.
 * @throws InvalidValue
 */
export function parseValue(field: ValueField, raw: unknown, rules: ValueRules): FieldValue {
	if (raw === null || raw === '') return field.dataType === 'boolean' ? false : null;
	if (typeof raw === 'object' || raw === undefined) throw new InvalidValue();
	switch (field.dataType) {
		case 'boolean':
			return parseBoolean(raw);
		case 'integer':
		case 'reference':
			return parseInteger(raw);
		case 'percent':
		case 'float':
		case 'currency':
			return parseNumber(raw);
		case 'date':
			return required(parseDay(String(raw)));
		case 'datetime':
			return isoSeconds(required(parseDateTime(String(raw))));
		case 'email':
			return fitted(field, parseEmail(raw), rules);
		default: {
			const text = rules.trimStrings ? String(raw).trim() : String(raw);
			return fitted(field, cutAt(text, rules.cutTextsAt), rules) || null;
		}
	}
}

function parseBoolean(raw: unknown): boolean {
	const text = String(raw).toLowerCase();
	if (text === 'true' || text === '1') return true;
	if (text === 'false' || text === '0') return false;
	throw new InvalidValue();
}

function parseNumber(raw: unknown): number {
	if (typeof raw === 'boolean') throw new InvalidValue();
	const text = String(raw).trim();
	if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new InvalidValue();
	return Number(text);
}

function parseInteger(raw: unknown): number {
	const value = parseNumber(raw);
	if (!Number.isInteger(value) || Math.abs(value) > INT32_MAX) throw new InvalidValue();
	return value;
}

function parseEmail(raw: unknown): string {
	const text = String(raw).trim();
	if (!EMAIL.test(text)) throw new InvalidValue();
	return text;
}

function fitted(field: ValueField, text: string, rules: ValueRules): string {
	if (field.dataType === 'text') {
		if (Buffer.byteLength(text) <= TEXT_AREA_BYTES) return text;
		if (rules.longStrings === 'reject') throw new InvalidValue();
		return cutToBytes(text, TEXT_AREA_BYTES);
	}
	const length = field.length ?? 255;
	if (text.length <= length) return text;
	if (rules.longStrings === 'reject') throw new InvalidValue();
	return text.slice(0, length);
}

function cutAt(text: string, pattern: string | undefined): string {
	const found = pattern ? new RegExp(pattern, 'u').exec(text) : null;
	return found ? text.slice(0, found.index) : text;
}

function cutToBytes(text: string, bytes: number): string {
	return new TextDecoder('utf-8')
		.decode(Buffer.from(text).subarray(0, bytes))
		.replace(/\ufffd$/, '');
}

function required<T>(value: T | undefined): T {
	if (value === undefined) throw new InvalidValue();
	return value;
}

/** A value as the activity log writes it: text; `True`, `2023-01-26 18:46:00`; null stays null. */
export function logValue(field: ValueField, value: FieldValue): string | null {
	if (value === null) return null;
	if (typeof value === 'boolean') return value ? 'True' : 'False';
	if (field.dataType === 'datetime') return String(value).replace('T', ' ').replace('Z', '');
	return String(value);
}

/** How lookups compare: as text, letter case and blanks around it aside. */
export function lookupKey(value: unknown): string {
	return String(value).trim().toLowerCase();
}
