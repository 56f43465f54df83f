import type { DataverseColumn } from '../metadata/table';
import { valueProblem } from './valueProblem';

/** ISO 8601 with at least a day; seconds, fraction and offset may be missing. */
const ISO =
	/^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Dataverse takes no date before this one. */
const FIRST_DAY = '1753-01-01';

/**
 * A date or time as the column wants it on the wire. A day stays the day that was written, whatever
 * offset follows. A moment goes as UTC in whole seconds (no offset: taken as UTC). A wall-clock time goes
 * as it was written.
 *
 * @throws DataverseProblem of kind `refused`
 */
export function dateToWire(column: DataverseColumn, given: unknown): string {
	const text = given instanceof Date ? isoOf(column, given) : String(given).trim();
	const parts = ISO.exec(text);
	if (!parts || !isRealDay(parts)) {
		throw valueProblem(
			column,
			given,
			'it is not a date',
			'Use ISO 8601, e.g. 2026-03-31 or 2026-03-31T14:30:00Z',
		);
	}
	const [, year, month, day, hour = '00', minute = '00', second = '00', offset = 'Z'] = parts;
	const date = `${year}-${month}-${day}`;
	if (date < FIRST_DAY) {
		throw valueProblem(column, given, 'it is before 1753', 'Use a date from 1753-01-01 on');
	}
	if (column.dateBehavior === 'DateOnly') return date;
	const wall = `${date}T${hour}:${minute}:${second}`;
	if (column.dateBehavior === 'TimeZoneIndependent') return `${wall}Z`;
	const moment = Date.parse(`${wall}${offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
	if (Number.isNaN(moment)) {
		throw valueProblem(
			column,
			given,
			'it is not a time',
			'Use ISO 8601, e.g. 2026-03-31T14:30:00Z',
		);
	}
	return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}

/** A date or time as read, without the `Z` where it would claim a time zone that nobody meant. */
export function dateFromWire(
	column: Pick<DataverseColumn, 'dateBehavior' | 'format'>,
	text: string,
): string {
	if (column.dateBehavior === 'DateOnly') return text.slice(0, 10);
	if (column.dateBehavior === 'TimeZoneIndependent') {
		return column.format === 'DateOnly' ? text.slice(0, 10) : text.replace(/Z$/i, '');
	}
	return text;
}

function isRealDay([, year, month, day]: RegExpExecArray): boolean {
	const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
	return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

function isoOf(column: DataverseColumn, date: Date): string {
	if (!Number.isNaN(date.getTime())) return date.toISOString();
	throw valueProblem(column, 'Invalid Date', 'it is not a date', 'Use ISO 8601, e.g. 2026-03-31');
}
