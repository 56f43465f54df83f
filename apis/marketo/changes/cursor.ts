import { LONGEST_QUERY_BYTES } from '../transport/limits';
import { queryBytes } from '../transport/request';

/** One feed that is read side by side with the others. */
export interface Feed {
	/** `changes`: lead changes of `fields`. `ends`: deletes and merges. */
	kind: 'changes' | 'ends';
	fields?: string[];
	token: string;
	/** The moment the read began; from here a new token is asked for where this one is refused. */
	since: string;
	/** A read of older entries is over with the first that is newer. */
	until?: string;
	/** Nothing is left of it; `stopped`: but for what is newer than `until`. */
	done: boolean;
	stopped?: boolean;
}

/** Where an unfinished read goes on. */
export interface ChangesCursor {
	feeds: Feed[];
}

/** The feeds of a fresh read; all start from the same token, so that one call mints it. */
export function freshFeeds(since: string, token: string, fields: string[], until?: string): Feed[] {
	const start = { token, since, done: false, ...(until !== undefined && { until }) };
	return [
		{ kind: 'ends', ...start },
		...inAddresses(fields).map((part): Feed => ({ kind: 'changes', fields: part, ...start })),
	];
}

/** The cursor as an opaque text. */
export function writeCursor(cursor: ChangesCursor): string {
	return JSON.stringify({ v: 1, ...cursor });
}

/** @throws Error where the text was not made by `writeCursor` */
export function readCursor(text: string): ChangesCursor {
	let cursor: unknown;
	try {
		cursor = JSON.parse(text);
	} catch {
		cursor = undefined;
	}
	if (!isCursor(cursor)) throw new Error('This is not a position in the Marketo activity log');
	return { feeds: cursor.feeds };
}

function isCursor(value: unknown): value is ChangesCursor & { v: 1 } {
	return (
		typeof value === 'object' &&
		value !== null &&
		'v' in value &&
		value.v === 1 &&
		'feeds' in value &&
		Array.isArray(value.feeds)
	);
}

/**
 * Lead changes name the fields in the address, which may not grow above 8 KB, and only the endpoints
 * of people are documented to take a form instead. So very many fields are read as several feeds.
 */
function inAddresses(fields: string[]): string[][] {
	const parts: string[][] = [[]];
	for (const field of fields) {
		const last = parts[parts.length - 1]!;
		const longer = queryBytes({ fields: [...last, field].join(',') });
		// Half is left for the token, whose length Marketo does not promise.
		if (last.length > 0 && longer > LONGEST_QUERY_BYTES / 2) parts.push([field]);
		else last.push(field);
	}
	return parts;
}
