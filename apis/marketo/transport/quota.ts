const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const CENTRAL = new Intl.DateTimeFormat('en-US', {
	timeZone: 'America/Chicago',
	hour: 'numeric',
	minute: 'numeric',
	second: 'numeric',
	hourCycle: 'h23',
});

/**
 * Milliseconds until the daily quota starts anew: midnight US Central. The developer guide says
 * "CST" without a word on summer time, so in summer both readings are tried, the earlier one first;
 * waiting a day too long would be worse than one call too early.
 */
export function untilQuotaReset(now: number): number {
	const standardTimeMidnight = DAY_MS - ((now - 6 * HOUR_MS) % DAY_MS);
	return Math.min(standardTimeMidnight, untilCentralMidnight(now));
}

function untilCentralMidnight(now: number): number {
	const part = (name: string): number =>
		Number(CENTRAL.formatToParts(now).find(({ type }) => type === name)?.value);
	const sinceMidnight =
		part('hour') * HOUR_MS + part('minute') * 60_000 + part('second') * 1_000 + (now % 1_000);
	return DAY_MS - sinceMidnight;
}
