import type { IncomingHttpHeaders } from 'node:http';

/** One call as a twin's handler sees it: already read in full, path decoded only by the handler. */
export interface TwinRequest {
	readonly method: string;
	/** Path as it came over the wire (still percent-encoded), without the query. */
	readonly path: string;
	readonly query: URLSearchParams;
	/** The query as it came over the wire, without the question mark. */
	readonly rawQuery: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
	/** Scheme, host and port the client used: what links in answers must start with. */
	readonly origin: string;
	/** Values of `{name}` parts of the route pattern, percent-decoded. Empty without a router. */
	readonly params: Readonly<Record<string, string>>;
	text(): string;
	/** Parsed body; throws SyntaxError when it is no JSON. */
	json(): unknown;
}

/** An answer. An object body is sent as JSON. */
export interface TwinResponse {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string | string[]>>;
	readonly body?: string | Buffer | object;
	/** How many records the call carried, for the call log. */
	readonly records?: number;
}

/** One operation inside a call: a part of a batch, or a record of a bulk call. */
export interface TwinOperation {
	/** Defaults to the outer call's method. */
	readonly method?: string;
	/** Defaults to the outer call's path. */
	readonly path?: string;
	readonly query?: string;
	/** Record id, when the path does not show it. */
	readonly id?: string;
}

/** What an injected fault says an operation must answer. */
export interface InjectedFault {
	readonly code?: string;
	readonly status?: number;
	readonly message?: string;
	/** Seconds. */
	readonly retryAfter?: number;
}

/** A line in the log for an operation inside a call. */
export interface LoggedPart {
	readonly method: string;
	readonly path: string;
	readonly status: number;
}

/** What a handler may ask of the twin it runs in. */
export interface TwinContext {
	/** Twin clock, milliseconds since 1970. */
	now(): number;
	/** Seeded, 0 ≤ x < 1. */
	random(): number;
	/** Calls being answered at this moment, this one included. */
	inFlight(): number;
	/**
	 * Asks whether a fault was injected for an operation inside this call (batch part, record) and
	 * uses it up. Faults of the connection (drop, hold, delay, lost answer) are carried out by the
	 * twin itself; for status and code the caller shapes the operation's own answer.
	 */
	fault(operation: TwinOperation): Promise<InjectedFault | undefined>;
	/** Adds an operation inside this call to the call's log entry. */
	logPart(part: LoggedPart): void;
}

export type TwinHandler = (
	request: TwinRequest,
	context: TwinContext,
) => Promise<TwinResponse> | TwinResponse;
