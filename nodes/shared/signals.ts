import { sleep } from 'n8n-workflow';

/** What parts of this process tell each other, so that nobody has to look into the ledger all the time. */
const rung = new Map<string, { times: number; waiting: Set<() => void> }>();

function bell(name: string) {
	let one = rung.get(name);
	if (!one) {
		one = { times: 0, waiting: new Set() };
		rung.set(name, one);
	}
	return one;
}

/** Wakes all who wait for it in this process. */
export function ring(name: string): void {
	const one = bell(name);
	one.times++;
	for (const wake of [...one.waiting]) wake();
}

/** How often it has rung: what was looked up after asking is missed by no later `heard`. */
export function timesRung(name: string): number {
	return bell(name).times;
}

/** Waits until it rings once more than `times`, or for that many milliseconds. True when it rang. */
export async function heard(name: string, times: number, milliseconds: number): Promise<boolean> {
	const one = bell(name);
	if (one.times !== times) return true;
	const over = new AbortController();
	const wake = () => over.abort();
	one.waiting.add(wake);
	try {
		await sleep(milliseconds, over.signal).catch(() => undefined);
	} finally {
		one.waiting.delete(wake);
	}
	return one.times !== times;
}

/** Somebody was accepted for this receiver. */
export const accepted = (receiver: string): string => `accepted ${receiver}`;

/** Some requests were answered. */
export const ANSWERED = 'answered';
