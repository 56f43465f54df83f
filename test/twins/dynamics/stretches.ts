/** A stretch of time, milliseconds: from the first moment, before the second. */
export interface Stretch {
	readonly from: number;
	readonly before: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EVER = 8_640_000_000_000_000;

type Unit = 'Hours' | 'Days' | 'Weeks' | 'Months' | 'Years' | 'FiscalPeriods' | 'FiscalYears';

/** Whole stretches of the calendar by the name that a query function calls them. */
const CALENDAR: Readonly<Record<string, Unit>> = {
	Week: 'Weeks',
	Month: 'Months',
	Year: 'Years',
	FiscalPeriod: 'FiscalPeriods',
	FiscalYear: 'FiscalYears',
};

/**
 * The stretch that a query function of time means, as the reference of Dataverse's query functions
 * has them: days, weeks (from Sunday), months and years of UTC; fiscal years are those of the
 * calendar, their periods its quarters. `LastX…` ends now, `NextX…` begins now.
 * @param count the X of a function that has one
 * @returns undefined for a name that is no such function
 */
export function stretchOf(name: string, count: number, now: number): Stretch | undefined {
	const today = startOf('Days', now);
	switch (name) {
		case 'Yesterday':
			return { from: today - DAY, before: today };
		case 'Today':
			return { from: today, before: today + DAY };
		case 'Tomorrow':
			return { from: today + DAY, before: today + 2 * DAY };
		case 'Last7Days':
			return { from: today - 7 * DAY, before: now + 1 };
		case 'Next7Days':
			return { from: now, before: today + 8 * DAY };
	}
	const older = /^OlderThanX(Minutes|Hours|Days|Weeks|Months|Years)$/.exec(name)?.[1];
	if (older !== undefined) return { from: -EVER, before: olderThan(older, count, now) };
	const counted = /^(Last|Next)X(Hours|Days|Weeks|Months|Years|FiscalPeriods|FiscalYears)$/.exec(
		name,
	);
	if (counted) {
		const unit = counted[2] as Unit;
		return counted[1] === 'Last'
			? {
					from: startOf(unit === 'Hours' ? unit : 'Days', shift(unit, now, -count)),
					before: now + 1,
				}
			: { from: now, before: shift(unit, unit === 'Hours' ? now : today + DAY, count) };
	}
	const [, which, what] = /^(Last|This|Next)(\w+)$/.exec(name) ?? [];
	const unit = CALENDAR[what ?? ''];
	if (unit === undefined) return undefined;
	const from = shift(unit, startOf(unit, now), { Last: -1, This: 0, Next: 1 }[which!]!);
	return { from, before: shift(unit, from, 1) };
}

function olderThan(unit: string, count: number, now: number): number {
	if (unit === 'Minutes') return now - count * 60_000;
	return shift(unit as Unit, now, -count);
}

function shift(unit: Unit, time: number, count: number): number {
	if (unit === 'Hours') return time + count * HOUR;
	if (unit === 'Days') return time + count * DAY;
	if (unit === 'Weeks') return time + count * 7 * DAY;
	const months = { Months: 1, FiscalPeriods: 3, Years: 12, FiscalYears: 12 }[unit] * count;
	const date = new Date(time);
	return date.setUTCMonth(date.getUTCMonth() + months);
}

function startOf(unit: Unit, time: number): number {
	const date = new Date(time);
	const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
	switch (unit) {
		case 'Hours':
			return time - (time % HOUR);
		case 'Days':
			return date.setUTCHours(0, 0, 0, 0);
		case 'Weeks':
			return date.setUTCHours(0, 0, 0, 0) - date.getUTCDay() * DAY;
		case 'Months':
			return Date.UTC(year, month, 1);
		case 'FiscalPeriods':
			return Date.UTC(year, month - (month % 3), 1);
		default:
			return Date.UTC(year, 0, 1);
	}
}
