/** Lets at most so many go at the same time; the others wait in their order. */
export class Slots {
	private free: number;
	private readonly waiting: Array<() => void> = [];

	constructor(count: number) {
		this.free = count;
	}

	async within<T>(work: () => Promise<T>): Promise<T> {
		if (this.free > 0) this.free--;
		else await new Promise<void>((resolve) => this.waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = this.waiting.shift();
			if (next) next();
			else this.free++;
		}
	}
}

/** Waits, or until it is stopped; real time, whatever the twin's clock says. */
export async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
	if (milliseconds <= 0 || stop.aborted) return;
	await new Promise<void>((resolve) => {
		const done = () => {
			clearTimeout(timer);
			stop.removeEventListener('abort', done);
			resolve();
		};
		// A timer cannot be set for longer than 2^31 - 1 milliseconds.
		const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
		timer.unref();
		stop.addEventListener('abort', done);
	});
}
