/** Dataverse posts once more within minutes, if at all. */
const REMEMBERED_MS = 15 * 60_000;
const MOST = 2_000;

/** Deliveries that came lately, so that one that comes again is known. Of this process, and bounded. */
export class Seen {
	private readonly times = new Map<string, number>();

	/** Whether this delivery is the first of its kind; it is remembered from now on. */
	isFirst(key: string, now: number): boolean {
		const before = this.times.get(key);
		if (before !== undefined && now - before < REMEMBERED_MS) return false;
		this.times.delete(key);
		this.times.set(key, now);
		for (const [oldest, time] of this.times) {
			if (this.times.size <= MOST && now - time < REMEMBERED_MS) break;
			this.times.delete(oldest);
		}
		return true;
	}

	get size(): number {
		return this.times.size;
	}
}
