import { DataverseError } from './errors';

/** Service protection limits, per user. Null switches one off. */
export interface Limits {
	/** Requests per window. */
	requests: number | null;
	windowSeconds: number;
	/** Calls at the same time. */
	concurrency: number | null;
	/** Time spent on requests per window, milliseconds. */
	executionMs: number | null;
	/** Fixed Retry-After, seconds; null: until the window has room again. */
	retryAfter: number | null;
	/** Operations per $batch. */
	batchOperations: number;
	/** Calls at the same time that each answer advises. */
	dopHint: number | null;
}

export function startingLimits(): Limits {
	return {
		requests: 6000,
		windowSeconds: 300,
		concurrency: 52,
		executionMs: 1_200_000,
		retryAfter: null,
		batchOperations: 1000,
		dopHint: 4,
	};
}

/** Takes over what a request body gives. @throws Error for a name that is none. */
export function changeLimits(limits: Limits, body: unknown): void {
	for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
		if (!(name in limits)) throw new Error(`There is no limit ${name}.`);
		if (value !== null && typeof value !== 'number')
			throw new Error(`${name} is a number or null.`);
		Object.assign(limits, { [name]: value });
	}
}

interface Usage {
	/** Per second of twin time: requests and milliseconds. */
	readonly seconds: Map<number, { requests: number; spent: number }>;
	running: number;
}

/** Counts what each user does. */
export class ServiceProtection {
	private readonly usage = new Map<string, Usage>();

	constructor(
		private readonly limits: Limits,
		private readonly now: () => number,
	) {}

	/**
	 * Counts a call in; call the result when it ends.
	 * @throws DataverseError 429 with Retry-After when a limit is reached.
	 */
	enter(user: string): { leave: () => void; headers: Record<string, string> } {
		const usage = this.usageOf(user);
		const second = Math.floor(this.now() / 1000);
		const { requests, spent, oldest } = this.totals(usage, second);
		const { limits } = this;
		const wait = limits.retryAfter ?? Math.max(1, oldest + limits.windowSeconds - second);
		if (limits.concurrency !== null && usage.running >= limits.concurrency) {
			throw refusal(
				'0x80072326',
				`Number of concurrent requests exceeded the limit of ${limits.concurrency}.`,
				limits.retryAfter ?? 1,
			);
		}
		if (limits.requests !== null && requests >= limits.requests) {
			throw refusal(
				'0x80072322',
				`Number of requests exceeded the limit of ${limits.requests} over time window of ${limits.windowSeconds} seconds.`,
				wait,
			);
		}
		if (limits.executionMs !== null && spent >= limits.executionMs) {
			throw refusal(
				'0x80072321',
				`Combined execution time of incoming requests exceeded limit of ${limits.executionMs.toLocaleString('en-US')} milliseconds over time window of ${limits.windowSeconds} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
				wait,
			);
		}
		const slot = usage.seconds.get(second) ?? { requests: 0, spent: 0 };
		slot.requests++;
		usage.seconds.set(second, slot);
		usage.running++;
		const start = performance.now();
		return {
			leave: () => {
				usage.running--;
				slot.spent += performance.now() - start;
			},
			headers: {
				...(limits.dopHint !== null && { 'x-ms-dop-hint': String(limits.dopHint) }),
				'x-ms-ratelimit-burst-remaining-xrm-requests': String(
					(limits.requests ?? 6000) - requests - 1,
				),
				'x-ms-ratelimit-time-remaining-xrm-requests': (
					((limits.executionMs ?? 1_200_000) - spent) /
					1000
				).toFixed(2),
			},
		};
	}

	reset(): void {
		this.usage.clear();
	}

	private usageOf(user: string): Usage {
		const found = this.usage.get(user);
		if (found) return found;
		const fresh: Usage = { seconds: new Map(), running: 0 };
		this.usage.set(user, fresh);
		return fresh;
	}

	private totals(
		usage: Usage,
		second: number,
	): { requests: number; spent: number; oldest: number } {
		let requests = 0;
		let spent = 0;
		let oldest = second;
		for (const [at, slot] of usage.seconds) {
			if (at <= second - this.limits.windowSeconds) {
				usage.seconds.delete(at);
				continue;
			}
			requests += slot.requests;
			spent += slot.spent;
			oldest = Math.min(oldest, at);
		}
		return { requests, spent, oldest };
	}
}

function refusal(code: string, message: string, wait: number): DataverseError {
	return new DataverseError(429, code, message, { 'Retry-After': String(wait) });
}
