/** Marketo writes UTC to the second: `2020-08-30T05:49:48Z`. */
export function isoSeconds(milliseconds: number): string {
	return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The zone of the instance: the daily quota starts anew at its midnight, times without offset are in it. */
const INSTANCE_ZONE = 'America/Chicago';

const zoneParts = new Intl.DateTimeFormat('en-CA', {
	timeZone: INSTANCE_ZONE,
	hourCycle: 'h23',
	year: 'numeric',
	month: '2-digit',
	day: '2-digit',
	hour: '2-digit',
	minute: '2-digit',
	second: '2-digit',
});

function zoned(milliseconds: number): Record<string, string> {
	return Object.fromEntries(
		zoneParts.formatToParts(milliseconds).map((part) => [part.type, part.value]),
	);
}

/** Day of the instance's zone, YYYY-MM-DD. */
export function instanceDay(milliseconds: number): string {
	const { year, month, day } = zoned(milliseconds);
	return `${year}-${month}-${day}`;
}

/** Offset of the instance's zone at a moment, milliseconds to add to UTC. */
function instanceOffset(milliseconds: number): number {
	const part = zoned(milliseconds);
	const wall = Date.UTC(
		Number(part.year),
		Number(part.month) - 1,
		Number(part.day),
		Number(part.hour),
		Number(part.minute),
		Number(part.second),
	);
	return wall - Math.floor(milliseconds / 1000) * 1000;
}

const DATE_TIME =
	/^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads an ISO 8601 time, drops the fraction of a second.
 * @returns milliseconds since 1970, or undefined when it is none
 */
export function parseDateTime(text: string): number | undefined {
	const found = DATE_TIME.exec(text.trim());
	if (!found) return undefined;
	const [year, month, day, hour, minute, second] = found
		.slice(1, 7)
		.map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
	if (!isCalendarDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
	const wall = Date.UTC(year, month - 1, day, hour, minute, second);
	const zone = found[7];
	if (zone === undefined) return wall - instanceOffset(wall);
	if (zone === 'Z') return wall;
	const digits = zone.replace(':', '');
	const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
	return wall - (digits.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** The day a date or a time names, as written; undefined when it is none. */
export function parseDay(text: string): string | undefined {
	if (parseDateTime(text) === undefined) return undefined;
	return text.trim().slice(0, 10);
}

function isCalendarDay(year: number, month: number, day: number): boolean {
	const date = new Date(Date.UTC(year, month - 1, day));
	return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
