/** A call that is not taken: what Marketo is answered. The words name nothing of what was sent. */
export class Refused extends Error {
	constructor(
		readonly status: number,
		message: string,
		/** Seconds, for 429. */
		readonly retryAfter?: number,
	) {
		super(message);
	}
}
