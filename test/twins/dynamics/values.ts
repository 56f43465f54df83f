import { DataverseError, payloadError } from './errors';
import type { Column, Table } from './schema';
import type { Stored } from './store';
import { isGuid, isoSeconds } from './text';

/** Earliest date the database can hold. */
const EARLIEST = Date.UTC(1753, 0, 1);

const EDM: Readonly<Record<string, string>> = {
	BigInt: 'Edm.Int64',
	Boolean: 'Edm.Boolean',
	DateTime: 'Edm.DateTimeOffset',
	Decimal: 'Edm.Decimal',
	Double: 'Edm.Double',
	Integer: 'Edm.Int32',
	Money: 'Edm.Decimal',
	Picklist: 'Edm.Int32',
	State: 'Edm.Int32',
	Status: 'Edm.Int32',
	Uniqueidentifier: 'Edm.Guid',
	Image: 'Edm.Binary',
	Lookup: 'Edm.Guid',
	Customer: 'Edm.Guid',
	Owner: 'Edm.Guid',
};

/** The OData type of a column. */
export function edmType(column: Column): string {
	if (column.type === 'DateTime' && column.behavior === 'DateOnly') return 'Edm.Date';
	return EDM[column.type] ?? 'Edm.String';
}

/**
 * A value from a request body as it is stored.
 * @throws DataverseError when type, length, range or choice do not fit.
 */
export function parseValue(table: Table, column: Column, raw: unknown): Stored | null {
	if (raw === null) return null;
	switch (column.type) {
		case 'String':
		case 'Memo':
			return parseText(table, column, raw);
		case 'Integer':
		case 'BigInt':
			return checkRange(table, column, parseWhole(table, column, raw), '0x8004432f');
		case 'Decimal':
		case 'Money':
			return checkRange(table, column, parseDecimal(table, column, raw), '0x80044330');
		case 'Double':
			return checkRange(table, column, parseDouble(table, column, raw), '0x80044330');
		case 'Boolean':
			if (typeof raw === 'boolean') return raw;
			if (raw === 'true' || raw === 'false') return raw === 'true';
			throw cannotConvert(table, column, raw);
		case 'Picklist':
		case 'State':
		case 'Status':
			return parseChoice(table, column, raw);
		case 'MultiSelectPicklist':
			return parseChoices(table, column, raw);
		case 'DateTime':
			return parseDate(table, column, raw);
		case 'Uniqueidentifier':
			if (typeof raw === 'string' && isGuid(raw)) return raw.toLowerCase();
			throw cannotConvert(table, column, raw);
		default:
			return typeof raw === 'string' ? raw : JSON.stringify(raw);
	}
}

function parseText(table: Table, column: Column, raw: unknown): string | null {
	if (typeof raw !== 'string') throw cannotConvert(table, column, raw);
	const max = column.max ?? Number.POSITIVE_INFINITY;
	if (raw.length > max) {
		throw new DataverseError(
			400,
			'0x80044331',
			`A validation error occurred.  The length of the '${column.name}' attribute of the '${table.name}' entity exceeded the maximum allowed length of '${max}'.`,
		);
	}
	// The database keeps no empty texts.
	return raw === '' ? null : raw;
}

function parseWhole(table: Table, column: Column, raw: unknown): number {
	const number = typeof raw === 'string' && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw;
	if (typeof number !== 'number' || !Number.isInteger(number))
		throw cannotConvert(table, column, raw);
	if (column.type === 'Integer' && (number > 2147483647 || number < -2147483648)) {
		throw cannotConvert(table, column, raw);
	}
	return number;
}

function parseDecimal(table: Table, column: Column, raw: unknown): number {
	if (typeof raw === 'string') {
		throw payloadError(
			table.set,
			"Microsoft.OData.ODataException: Cannot convert a value to target type 'Edm.Decimal' because of conflict between input format string/number and parameter 'IEEE754Compatible' false/true.",
		);
	}
	if (typeof raw !== 'number') throw cannotConvert(table, column, raw);
	return roundTo(raw, column.precision ?? 2);
}

function parseDouble(table: Table, column: Column, raw: unknown): number {
	const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
	if (typeof number !== 'number' || !Number.isFinite(number))
		throw cannotConvert(table, column, raw);
	return roundTo(number, column.precision ?? 5);
}

/** Rounds half away from zero, on the decimal digits as written. */
export function roundTo(value: number, digits: number): number {
	const text = Math.abs(value).toFixed(Math.min(digits + 8, 20));
	const scaled = Number(`${Math.round(Number(`${text}e${digits}`))}e-${digits}`);
	return Number.isFinite(scaled) ? Math.sign(value) * scaled || 0 : value;
}

function checkRange(table: Table, column: Column, value: number, code: string): number {
	const tooLow = column.min !== undefined && value < column.min;
	const tooHigh = column.maxValue !== undefined && value > column.maxValue;
	if (!tooLow && !tooHigh) return value;
	throw new DataverseError(
		400,
		code,
		`A validation error occurred. The value ${value} of '${column.name}' on record of type '${table.name}' is outside the valid range. Accepted Values: ${column.min} to ${column.maxValue}`,
	);
}

function parseChoice(table: Table, column: Column, raw: unknown): number {
	const value = parseWhole(table, column, raw);
	const allowed = column.options ?? [];
	if (allowed.some(([option]) => option === value)) return value;
	throw badChoice(table, column, value);
}

function parseChoices(table: Table, column: Column, raw: unknown): string | null {
	if (typeof raw !== 'string') throw cannotConvert(table, column, raw);
	if (raw.trim() === '') return null;
	const values = raw.split(',').map((part) => parseChoice(table, column, part.trim()));
	return [...new Set(values)].join(',');
}

function badChoice(table: Table, column: Column, value: number): DataverseError {
	const accepted = (column.options ?? []).map(([option]) => option).join(',');
	return new DataverseError(
		400,
		'0x8004431a',
		`A validation error occurred. The value ${value} of '${column.name}' on record of type '${table.name}' is outside the valid range. Accepted Values: ${accepted}`,
	);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i;

function parseDate(table: Table, column: Column, raw: unknown): string {
	if (typeof raw !== 'string') throw cannotConvert(table, column, raw);
	const dayOnly = column.behavior === 'DateOnly';
	if (!DATE.test(raw) && (dayOnly || !DATE_TIME.test(raw))) throw cannotConvert(table, column, raw);
	const time = parseInstant(raw);
	if (time === undefined) throw cannotConvert(table, column, raw);
	if (time < EARLIEST) {
		const shown = new Date(time).toISOString();
		throw new DataverseError(
			400,
			'0x80040239',
			`DateTime is less than minumum value supported by CrmDateTime. Actual value: ${usDate(shown)}, Minimum value supported: 01/01/1753 00:00:00`,
		);
	}
	return dayOnly ? raw : isoSeconds(time);
}

/** Milliseconds of a date or date-time; no offset means UTC. Undefined for a day that is none. */
export function parseInstant(text: string): number | undefined {
	if (!DATE.test(text) && !DATE_TIME.test(text)) return undefined;
	const day = text.slice(0, 10);
	const midnight = Date.parse(`${day}T00:00:00Z`);
	if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) {
		return undefined;
	}
	if (DATE.test(text)) return midnight;
	const time = Date.parse(/(Z|[+-]\d{2}:\d{2})$/i.test(text) ? text : `${text}Z`);
	return Number.isNaN(time) ? undefined : time;
}

/** `2026-01-02T03:04:05…` as `01/02/2026 03:04:05`. */
export function usDate(iso: string): string {
	return `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`;
}

function cannotConvert(table: Table, column: Column, raw: unknown): DataverseError {
	const literal = typeof raw === 'string' ? raw : JSON.stringify(raw);
	return payloadError(
		table.set,
		`Microsoft.OData.ODataException: Cannot convert the literal '${literal}' to the expected type '${edmType(column)}'.`,
	);
}
