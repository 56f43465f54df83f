/** The twin's own time: real time plus what was advanced by hand. */
export class TwinClock {
	private offset = 0;

	/** Milliseconds since 1970. */
	now(): number {
		return Date.now() + this.offset;
	}

	advance(milliseconds: number): void {
		this.offset += milliseconds;
	}

	reset(): void {
		this.offset = 0;
	}
}
