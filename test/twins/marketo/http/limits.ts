import { CallFailure, isCounted } from '../errors';
import { instanceDay } from '../fields/time';

/** What an instance allows. */
export interface Limits {
	callsPerWindow: number;
	windowSeconds: number;
	concurrentCalls: number;
	dailyQuota: number;
}

export const DEFAULT_LIMITS: Readonly<Limits> = {
	callsPerWindow: 100,
	windowSeconds: 20,
	concurrentCalls: 10,
	dailyQuota: 50_000,
};

interface Day {
	total: number;
	readonly users: Map<string, number>;
	errorTotal: number;
	readonly errors: Map<string, number>;
}

/** Rate, concurrency, daily quota, and the statistics about them. */
export class Metering {
	readonly limits: Limits = { ...DEFAULT_LIMITS };
	/** Times of the counted calls within the window, oldest first. */
	private recent: number[] = [];
	private readonly days = new Map<string, Day>();

	/**
	 * Lets a call in or refuses it.
	 * @throws CallFailure 606, 607, 615
	 */
	admit(now: number, inFlight: number): void {
		const { callsPerWindow, windowSeconds, concurrentCalls, dailyQuota } = this.limits;
		if (inFlight > concurrentCalls) {
			throw new CallFailure('615', `Concurrent access limit '${concurrentCalls}' reached`);
		}
		if (this.day(now).total >= dailyQuota) throw new CallFailure('607');
		const oldest = now - windowSeconds * 1000;
		while (this.recent.length > 0 && this.recent[0]! <= oldest) this.recent.shift();
		if (this.recent.length >= callsPerWindow) {
			throw new CallFailure(
				'606',
				`Max rate limit '${callsPerWindow}' exceeded with in '${windowSeconds}' secs`,
			);
		}
		this.recent.push(now);
	}

	/** Books a call that was let in; one that ended with an uncounted code is taken back. */
	count(now: number, user: string, code: string | undefined): void {
		const day = this.day(now);
		if (code !== undefined) {
			day.errorTotal++;
			day.errors.set(code, (day.errors.get(code) ?? 0) + 1);
		}
		if (code !== undefined && !isCounted(code)) {
			this.recent.pop();
			return;
		}
		day.total++;
		day.users.set(user, (day.users.get(user) ?? 0) + 1);
	}

	/** Books calls that another program has made in the course of the day. */
	countOthers(now: number, calls: number): void {
		const day = this.day(now);
		day.total += calls;
		day.users.set('another-program', (day.users.get('another-program') ?? 0) + calls);
	}

	/** Books a call that was refused or that nobody could be charged for. */
	countRefused(now: number, code: string): void {
		const day = this.day(now);
		day.errorTotal++;
		day.errors.set(code, (day.errors.get(code) ?? 0) + 1);
	}

	/** Usage of the last so many days that had any, newest last. */
	usage(now: number, days: number): object[] {
		return this.lastDays(now, days).map(([date, day]) => ({
			date,
			total: day.total,
			users: [...day.users].map(([userId, count]) => ({ userId, count })),
		}));
	}

	errors(now: number, days: number): object[] {
		return this.lastDays(now, days).map(([date, day]) => ({
			date,
			total: day.errorTotal,
			errors: [...day.errors].map(([errorCode, count]) => ({ errorCode, count })),
		}));
	}

	private lastDays(now: number, count: number): Array<[string, Day]> {
		this.day(now);
		return [...this.days].sort(([one], [other]) => one.localeCompare(other)).slice(-count);
	}

	private day(now: number): Day {
		const date = instanceDay(now);
		let day = this.days.get(date);
		if (!day) {
			day = { total: 0, users: new Map(), errorTotal: 0, errors: new Map() };
			this.days.set(date, day);
		}
		return day;
	}
}
