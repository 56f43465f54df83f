import { NoAnswer, type Wire } from './wire';

/** What came of one attempt: an answer of any kind, or none. */
export type Attempt<Answer> = { answer: Answer } | { noAnswer: NoAnswer };

/** Whether to try again; `afterMs` where the vendor said how long to wait. */
export type Verdict = { again: false } | { again: true; afterMs?: number };

export interface RepeatOptions {
	/** Attempts in all, the first one included. */
	attempts: number;
	/**
	 * A wait that the vendor asks for and that is longer than this is not waited for: the outcome is
	 * handed back at once, because asking too early makes the vendors' penalty longer.
	 */
	longestWaitMs: number;
	/** First back-off; doubles with every attempt. */
	firstWaitMs: number;
}

export const REPEAT_DEFAULTS: RepeatOptions = {
	attempts: 4,
	longestWaitMs: 120_000,
	firstWaitMs: 1_000,
};

/**
 * Calls until the verdict says stop or the attempts are used up, and gives back (or rejects with) the
 * last outcome. Waits with jittered exponential back-off, or as long as the vendor said. The verdict
 * alone decides, so a create is only repeated where its caller knows that to be safe.
 *
 * `Cancelled` and every error other than `NoAnswer` pass straight through.
 */
export async function repeat<Answer>(
	wire: Pick<Wire, 'sleep' | 'random'>,
	call: () => Promise<Answer>,
	verdictOn: (attempt: Attempt<Answer>) => Verdict,
	options: Partial<RepeatOptions> = {},
): Promise<Answer> {
	const { attempts, longestWaitMs, firstWaitMs } = { ...REPEAT_DEFAULTS, ...options };
	for (let attemptNumber = 1; ; attemptNumber++) {
		const attempt = await once(call);
		const verdict = verdictOn(attempt);
		const waitMs = verdict.again
			? (verdict.afterMs ?? backOffMs(firstWaitMs, attemptNumber, longestWaitMs, wire.random()))
			: 0;
		if (!verdict.again || attemptNumber >= attempts || waitMs > longestWaitMs) {
			if ('noAnswer' in attempt) throw attempt.noAnswer;
			return attempt.answer;
		}
		await wire.sleep(waitMs);
	}
}

/** Half fixed, half random, so that executions that failed together do not come back together. */
export function backOffMs(
	firstWaitMs: number,
	attemptNumber: number,
	longestWaitMs: number,
	random: number,
): number {
	const full = Math.min(firstWaitMs * 2 ** (attemptNumber - 1), longestWaitMs);
	return Math.round(full / 2 + (full / 2) * random);
}

async function once<Answer>(call: () => Promise<Answer>): Promise<Attempt<Answer>> {
	try {
		return { answer: await call() };
	} catch (error) {
		if (error instanceof NoAnswer) return { noAnswer: error };
		throw error;
	}
}
