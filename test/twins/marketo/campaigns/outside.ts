/** A call of this instance to somebody else's server. */
export interface OutsideCall {
	readonly method: string;
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly timeoutMs: number;
	/** Ends the call when the twin is reset or closed. */
	readonly stop?: AbortSignal;
}

/** An answer, whatever its status. */
export interface OutsideAnswer {
	readonly answered: true;
	readonly status: number;
	readonly headers: Headers;
	readonly bytes: Buffer;
	readonly text: string;
}

/** Nothing came back; the other side may have done its work all the same. */
export interface NoAnswer {
	readonly answered: false;
	readonly status: 0;
	readonly timedOut: boolean;
	readonly why: string;
}

/** Calls, and never throws: what went wrong is in the result. */
export async function callOutside(call: OutsideCall): Promise<OutsideAnswer | NoAnswer> {
	const timeout = AbortSignal.timeout(call.timeoutMs);
	try {
		const answer = await fetch(call.url, {
			method: call.method,
			headers: { ...call.headers },
			...(call.body !== undefined && { body: call.body }),
			signal: call.stop ? AbortSignal.any([timeout, call.stop]) : timeout,
		});
		const bytes = Buffer.from(await answer.arrayBuffer());
		const { status, headers } = answer;
		return { answered: true, status, headers, bytes, text: bytes.toString('utf8') };
	} catch (error) {
		const timedOut = timeout.aborted;
		const why = timedOut ? `No answer within ${call.timeoutMs} ms` : reasonOf(error);
		return { answered: false, status: 0, timedOut, why };
	}
}

/** The cause that `fetch` hides behind "fetch failed". */
function reasonOf(error: unknown): string {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	if (!(cause instanceof Error)) return String(cause);
	return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
