/**
 * What both vendors' clients need from the outside world. The node hands these in (n8n's own HTTP
 * helper, so that proxies and allowed domains hold); tests hand in their own.
 */

/** One HTTP request. `body` is sent as it is when it is a string, as JSON when it is an object. */
export interface WireRequest {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
	/** Absolute URL, or a path that starts with "/" below the credential's base URL. */
	url: string;
	headers?: Record<string, string>;
	/** Appended to the URL, percent-encoded; undefined values are left out. */
	query?: Record<string, string | number | undefined>;
	body?: string | object;
	timeoutMs: number;
}

/** Any HTTP answer, whatever its status. `body` is parsed JSON where it is JSON, else the text. */
export interface WireAnswer {
	status: number;
	/** Lower-case names. */
	headers: Record<string, string>;
	body: unknown;
}

/**
 * No HTTP answer came: refused connection, reset, time-out, cancelled. `reachedServer` is false only
 * where the request surely never arrived; everything else may have had its effect.
 */
export class NoAnswer extends Error {
	constructor(
		message: string,
		readonly reachedServer: 'no' | 'maybe',
		readonly code?: string,
	) {
		super(message);
		this.name = 'NoAnswer';
	}
}

/** The execution was cancelled (a person pressed Stop, n8n shuts down). Never repeated. */
export class Cancelled extends Error {
	constructor() {
		super('The execution was stopped');
		this.name = 'Cancelled';
	}
}

/** Sends one request. Resolves for every HTTP status; rejects with `NoAnswer` or `Cancelled`. */
export type Send = (
	request: WireRequest,
	options?: { freshToken?: boolean },
) => Promise<WireAnswer>;

/** Waits for its turn within the call budget shared by all executions. Resolves when one call may go. */
export interface Pace {
	take(): Promise<void>;
}

/** No budget: every call may go at once. For single calls by hand and for tests. */
export const UNPACED: Pace = { take: async () => {} };

/** In the code of a `NoAnswer`: the request was held back, because it may not go out any more. */
export const HELD_BACK = 'HELD_BACK';

/** The wire for a write that may go out only while that is so: asked before each request, after its turn has come. */
export function whileAllowed(wire: Wire, mayStart?: () => Promise<boolean>): Wire {
	if (!mayStart) return wire;
	const send: Send = async (request, options) => {
		if (await mayStart()) return await wire.send(request, options);
		throw new NoAnswer('it had to wait too long and was not sent', 'no', HELD_BACK);
	};
	return { ...wire, send };
}

/** Everything a vendor's client is made of. No ambient clock, no ambient randomness. */
export interface Wire {
	send: Send;
	/** Milliseconds since the epoch. */
	now(): number;
	/** Rejects with `Cancelled` when the execution is stopped meanwhile. */
	sleep(milliseconds: number): Promise<void>;
	/** 0 <= x < 1, for jitter. */
	random(): number;
	pace: Pace;
}
