/** A job that waits for its turn. Times in milliseconds. */
export interface QueuedJob {
	queuedAt?: number;
	startedAt?: number;
	finishedAt?: number;
}

export const MAX_RUNNING = 2;
export const MAX_QUEUED = 10;

/**
 * Jobs in the order they came, two at a time. Nothing runs by itself: whoever looks makes everything
 * happen that was due by then, each at its own moment.
 */
export class JobQueue<Job extends QueuedJob> {
	private waiting: Job[] = [];
	private running: Job[] = [];

	constructor(
		private readonly duration: () => number,
		private readonly run: (job: Job, now: number) => void,
	) {}

	/** Jobs that are queued or running. */
	get size(): number {
		return this.waiting.length + this.running.length;
	}

	add(job: Job, now: number): void {
		job.queuedAt = now;
		this.waiting.push(job);
		this.settle(now);
	}

	/** Takes a job out that has not ended yet. */
	drop(job: Job): void {
		this.waiting = this.waiting.filter((one) => one !== job);
		this.running = this.running.filter((one) => one !== job);
	}

	settle(now: number): void {
		for (;;) {
			const due = this.running
				.filter((job) => job.startedAt! + this.duration() <= now)
				.sort((one, other) => one.startedAt! - other.startedAt!)[0];
			const free = this.running.length < MAX_RUNNING;
			const next = this.waiting[0];
			if (free && next) {
				this.waiting.shift();
				next.startedAt ??= next.queuedAt!;
				this.running.push(next);
			} else if (due) {
				due.finishedAt = due.startedAt! + this.duration();
				this.drop(due);
				const follower = this.waiting[0];
				if (follower) follower.startedAt = Math.max(due.finishedAt, follower.queuedAt!);
				this.run(due, due.finishedAt);
			} else return;
		}
	}
}
