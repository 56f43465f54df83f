import { sleep } from 'n8n-workflow';

/** What parts of this process tell each other, so that nobody has to look into the ledger all the time. */
const signals = new Map<string, { times: number; waiting: Set<() => void> }>();

function signalNamed(name: string) {
	let signal = signals.get(name);
	if (!signal) {
		signal = { times: 0, waiting: new Set() };
		signals.set(name, signal);
	}
	return signal;
}

/** Wakes all who wait for it in this process. */
export function notify(name: string): void {
	const signal = signalNamed(name);
	signal.times++;
	for (const wake of [...signal.waiting]) wake();
}

/** How often it was given: what was looked up after asking is missed by no later `waitFor`. */
export function timesNotified(name: string): number {
	return signalNamed(name).times;
}

/** Waits until it is given once more than `times`, or for that many milliseconds. True when it was given. */
export async function waitFor(name: string, times: number, milliseconds: number): Promise<boolean> {
	const signal = signalNamed(name);
	if (signal.times !== times) return true;
	const over = new AbortController();
	const wake = () => over.abort();
	signal.waiting.add(wake);
	try {
		await sleep(milliseconds, over.signal).catch(() => undefined);
	} finally {
		signal.waiting.delete(wake);
	}
	return signal.times !== times;
}

/** Somebody was accepted for this receiver. */
export const accepted = (receiver: string): string => `accepted ${receiver}`;

/** Some requests were answered. */
export const ANSWERED = 'answered';
