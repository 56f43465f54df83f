/** True time of the world, in milliseconds. The engine's host and Marketo may be off by some. */
export class WorldClock {
	private alarms: Array<{ at: number; ring: () => void }> = [];

	constructor(public now: number) {}

	/** What happens at a time on its own, e.g. a request that arrives although its sender is dead. */
	at(time: number, ring: () => void): void {
		this.alarms.push({ at: time, ring });
	}

	advance(ms: number): void {
		const until = this.now + ms;
		for (;;) {
			const due = this.alarms.filter((alarm) => alarm.at <= until).sort((a, b) => a.at - b.at)[0];
			if (!due) break;
			this.alarms = this.alarms.filter((alarm) => alarm !== due);
			this.now = Math.max(this.now, due.at);
			due.ring();
		}
		this.now = until;
	}

	get somethingIsComing(): boolean {
		return this.alarms.length > 0;
	}

	iso(skew = 0): string {
		return new Date(this.now + skew).toISOString();
	}
}
