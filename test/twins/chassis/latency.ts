import type { LoggedPart, TwinRequest } from './types';

/** How long a twin takes to answer, milliseconds: what a vendor's own servers take, and the way there. */
export interface Latency {
	/** Of every call. */
	callMs: number;
	/** And of every record that it carries, read or written. */
	recordMs: number;
	/** And of every record that it writes. */
	writtenMs: number;
}

/**
 * Takes over what a request body gives.
 * @throws Error for a name that is none, or what is no time; nothing is changed then
 */
export function changeLatency(latency: Latency, given: Readonly<Record<string, unknown>>): void {
	for (const [name, value] of Object.entries(given)) {
		if (!(name in latency)) {
			throw new Error(`No latency ${name}. There are: ${Object.keys(latency).join(', ')}.`);
		}
		if (typeof value !== 'number' || !(value >= 0)) {
			throw new Error(`${name} is a number of milliseconds, not ${JSON.stringify(value)}.`);
		}
	}
	Object.assign(latency, given);
}

/** What the records of a call take that was answered. */
export function timeOfRecords(
	{ recordMs, writtenMs }: Latency,
	request: TwinRequest,
	records: number,
	parts: readonly LoggedPart[] | undefined,
): number {
	const isWrite = request.method !== 'GET' && request.query.get('_method') !== 'GET';
	const written = parts ? parts.filter(({ method }) => method !== 'GET').length : records;
	return records * recordMs + (isWrite ? written * writtenMs : 0);
}
