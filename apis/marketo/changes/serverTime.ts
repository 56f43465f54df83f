/** Between these, a number is taken for a time; anything else in a request id is not a clock. */
const EARLIEST = Date.UTC(2015, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/**
 * Marketo's own clock, ISO 8601 UTC, from the id that every answer carries: the part behind `#` is
 * the time in milliseconds, hexadecimal. Null where the id has another form.
 */
export function serverTime(requestId: string | undefined): string | null {
	const hex = /#([0-9a-f]{10,12})$/i.exec(requestId ?? '')?.[1];
	const time = hex === undefined ? NaN : parseInt(hex, 16);
	return time > EARLIEST && time < LATEST ? new Date(time).toISOString() : null;
}
