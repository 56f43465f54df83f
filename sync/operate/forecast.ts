import type { Side } from '../items';
import type { DayUsage } from '../ledger/dayUsage';
import { PEOPLE } from '../lanes/people';
import { STOPS_AT } from '../schedule/dayQuota';
import { atPace, callsInWords, inTime } from './effort';

/**
 * Calls per 1,000 rows of a first copy, as they were counted at 50,000 (`test/bench/README.md`, `first-copy`). People are
 * looked up by both ids and by e-mail before they are made; what goes one way is not.
 */
const PER_THOUSAND: Record<'people' | 'oneWay', Record<Side, number>> = {
	people: { marketo: 15, dynamics: 4 },
	oneWay: { marketo: 3.8, dynamics: 2.7 },
};

/** How many calls a first copy of so many rows takes, about. */
export function callsOfCopy(lane: string, rows: number): Record<Side, number> {
	const { marketo, dynamics } = PER_THOUSAND[lane === PEOPLE ? 'people' : 'oneWay'];
	return { marketo: about((rows / 1_000) * marketo), dynamics: about((rows / 1_000) * dynamics) };
}

/** What a first copy takes, before it begins: calls, time, and days where Marketo's calls of one do not suffice (R57). */
export function copyInWords(lane: string, rows: number, usage: DayUsage | undefined): string {
	const calls = callsOfCopy(lane, rows);
	const number = rows.toLocaleString('en-US');
	const takes = `The first copy, of about ${number} records, takes about ${callsInWords(calls)} and ${inTime(atPace(calls))} or more`;
	const days = usage ? daysInWords(calls.marketo, usage) : '';
	return days ? `${takes}. ${days}` : takes;
}

/** Empty where today is enough. */
function daysInWords(calls: number, { allowed, used }: DayUsage): string {
	const aDay = Math.floor(allowed * STOPS_AT.copy);
	const today = Math.max(0, aDay - used);
	if (calls <= today) return '';
	const more = Math.ceil((calls - today) / aDay);
	const share = `${STOPS_AT.copy * 100} % of Marketo's ${allowed.toLocaleString('en-US')} calls a day`;
	return `It may use up to ${share}, by whichever program, so it continues by itself on the next ${more === 1 ? 'day' : `${more} days`}`;
}

/** Two digits of it, rounded up: it is no more than an estimate. */
function about(count: number): number {
	const digit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
	return Math.ceil(count / digit) * digit;
}
