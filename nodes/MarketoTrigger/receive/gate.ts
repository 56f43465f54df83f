import { Refused } from './refused';

export interface GateLimits {
	/** Calls under way at once in this process. */
	atOnce: number;
	/** Calls a second, in the long run. */
	perSecond: number;
	/** Calls that may come on top when it was quiet before. */
	burst: number;
}

/** More than n8n itself gets through, so that only a flood meets it. */
export const GATE_LIMITS: GateLimits = { atOnce: 500, perSecond: 400, burst: 4_000 };

/** Keeps a flood of those out who know the secret: what is told to come back was not read. */
export class Gate {
	private underWay = 0;
	private left: number;
	private countedAt: number;

	constructor(
		private readonly limits: GateLimits,
		private readonly now: () => number,
	) {
		this.left = limits.burst;
		this.countedAt = now();
	}

	/**
	 * A call of a known caller is under way until what this returns is called; strangers take up no room.
	 *
	 * @throws Refused (429)
	 */
	enter(): () => void {
		if (this.underWay >= this.limits.atOnce) throw new Refused(429, 'Too many calls at once', 1);
		this.count();
		this.underWay++;
		let isIn = true;
		return () => {
			if (isIn) this.underWay--;
			isIn = false;
		};
	}

	/** Counts a call of a known caller; strangers use up nothing of its budget. @throws Refused (429) */
	private count(): void {
		const now = this.now();
		const { perSecond, burst } = this.limits;
		this.left = Math.min(burst, this.left + (Math.max(0, now - this.countedAt) * perSecond) / 1000);
		this.countedAt = now;
		if (this.left < 1) throw new Refused(429, 'Too many calls', 1);
		this.left--;
	}
}
