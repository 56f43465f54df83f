import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
	/** Milliseconds until it gives up; 60,000 unless told. */
	timeout?: number;
	/** Milliseconds between looks; 200 unless told. */
	interval?: number;
	/** What is waited for, in words, for the error; as a function, with what is seen instead. */
	what?: string | (() => string);
}

/** Looks again and again until `look` answers something (not `undefined`, `null` or `false`). */
export async function waitFor<T>(
	look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
	{ timeout = 60_000, interval = 200, what = 'what the test waits for' }: WaitOptions = {},
): Promise<T> {
	const end = Date.now() + timeout;
	for (;;) {
		const seen = await look();
		if (seen !== undefined && seen !== null && seen !== false) return seen;
		if (Date.now() > end) {
			const words = typeof what === 'string' ? what : what();
			throw new Error(`${words}: not seen within ${timeout / 1000} s`);
		}
		await sleep(interval);
	}
}
