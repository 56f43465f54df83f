import type { DataverseColumn } from '../metadata/table';
import { choiceValue, choiceValues } from './choices';
import { dateToWire } from './dates';
import { valueProblem } from './valueProblem';

/** `Number` alone would also take `0x10`. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What JSON holds in one column. */
export type Plain = string | number | boolean | null;

/**
 * A value as the column wants it in a request body. Null, empty text and, but in texts, blanks clear the column. Lookups are not
 * values but links; see `lookupToWire`.
 *
 * @throws DataverseProblem of kind `refused` for a value that can never be stored there
 */
export function toPlain(column: DataverseColumn, given: unknown): Plain {
	if (isNothing(column, given)) return null;
	switch (column.type) {
		case 'String':
		case 'Memo':
			return textValue(column, given);
		case 'Integer':
		case 'BigInt':
			return wholeNumber(column, given);
		case 'Decimal':
		case 'Double':
		case 'Money':
			return numberValue(column, given);
		case 'Boolean':
			return yesNo(column, given);
		case 'Picklist':
		case 'State':
		case 'Status':
			return choiceValue(column, given);
		case 'MultiSelectPicklist':
			return choiceValues(column, given).join(',') || null;
		case 'DateTime':
			return dateToWire(column, given);
		default:
			return textValue(column, given);
	}
}

/** Only a text can be blank and be something. */
function isNothing(column: DataverseColumn, given: unknown): boolean {
	if (given === null || given === undefined || given === '') return true;
	const isText = column.type === 'String' || column.type === 'Memo';
	return !isText && typeof given === 'string' && given.trim() === '';
}

function textValue(column: DataverseColumn, given: unknown): string {
	if (typeof given === 'object') {
		throw valueProblem(column, given, 'it is a list or an object', 'Send text');
	}
	return String(given);
}

function numberValue(column: DataverseColumn, given: unknown): number {
	const number = typeof given === 'string' && DECIMAL.test(given.trim()) ? Number(given) : given;
	if (typeof number !== 'number' || !Number.isFinite(number)) {
		throw valueProblem(
			column,
			given,
			'it is not a number',
			'Send a number with a point before the decimals',
		);
	}
	const { min = -Infinity, max = Infinity } = column;
	if (number < min || number > max) {
		throw valueProblem(
			column,
			given,
			`it is not between ${min} and ${max}`,
			'Send a number in this range',
		);
	}
	return number;
}

function wholeNumber(column: DataverseColumn, given: unknown): number {
	const number = numberValue(column, given);
	if (Number.isInteger(number)) return number;
	throw valueProblem(column, given, 'it is not a whole number', 'Send a number without decimals');
}

function yesNo(column: DataverseColumn, given: unknown): boolean {
	if (typeof given === 'boolean') return given;
	const text = String(given).trim().toLowerCase();
	if (['true', 'yes', '1'].includes(text)) return true;
	if (['false', 'no', '0'].includes(text)) return false;
	const choice = column.choices?.find(({ label }) => label.trim().toLowerCase() === text);
	if (choice) return choice.value === 1;
	throw valueProblem(column, given, 'it is neither yes nor no', 'Send true or false');
}
