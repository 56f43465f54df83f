import { DateTime } from 'luxon';
import type { Side } from '../items';
import { isWholeSecond, utcSecond } from '../normalForm';
import type { Column, Raw } from '../values';
import { refused, type Converted } from './refused';

/** Dataverse keeps no date before this one. */
const FIRST_DAY: Record<Side, string> = { dynamics: '1753-01-01', marketo: '0001-01-01' };

const WRITTEN = "yyyy-MM-dd'T'HH:mm:ss'Z'";

/**
 * Whether the two columns mean different things by a day: one a day, the other a moment, which is
 * another day elsewhere. Between them one has to know in which time zone the day is meant.
 */
export function needsZone(one: Column, other: Column): boolean {
	const isMoment = ({ type, wallClock }: Column) => type === 'dateTime' && !wallClock;
	return (one.type === 'date' && isMoment(other)) || (other.type === 'date' && isMoment(one));
}

/** A day, a moment or a time of the wall clock in the terms of the other column, as of a time zone. */
export function moved(from: Column, to: Column, text: string, zone: string): string {
	const isLocal = ({ type, wallClock }: Column) => type === 'date' || wallClock === true;
	if (from.type === 'dateTime' && !from.wallClock && isLocal(to)) {
		const there = DateTime.fromISO(utcSecond(text), { zone });
		return there.isValid ? there.toFormat(WRITTEN) : text;
	}
	if (isLocal(from) && to.type === 'dateTime' && !to.wallClock) {
		const moment = DateTime.fromISO(text.trim().replace(/Z$/i, ''), { zone }).toUTC();
		return moment.isValid ? moment.toFormat(WRITTEN) : text;
	}
	return text;
}

export function asDay(to: Column, target: Side, value: Raw): Converted<string> {
	const day = /^(\d{4}-\d{2}-\d{2})(?=$|[T ])/.exec(String(value).trim())?.[1];
	if (!day || !isWholeSecond(`${day}T00:00:00Z`)) {
		return refused(
			to,
			'notDate',
			`${to.label} expects a date, but got "${value}"`,
			'Correct the value, e.g. 2026-03-31',
		);
	}
	return day < FIRST_DAY[target] ? tooEarly(to, target, day) : { value: day };
}

export function asTime(to: Column, target: Side, value: Raw): Converted<string> {
	const time = utcSecond(String(value));
	if (!isWholeSecond(time)) {
		return refused(
			to,
			'notTime',
			`${to.label} expects a date and time, but got "${value}"`,
			'Correct the value, e.g. 2026-03-31T09:00:00Z',
		);
	}
	return time < FIRST_DAY[target] ? tooEarly(to, target, time) : { value: time };
}

function tooEarly(to: Column, target: Side, value: string): Converted<never> {
	return refused(
		to,
		'outOfRange',
		`${to.label} takes no date before ${FIRST_DAY[target]}; the value is ${value}`,
		'Correct the value',
	);
}
