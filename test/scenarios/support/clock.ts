import { TwinClock } from '../../twins/chassis';

/** A Monday morning: the same in every scenario. */
const START = Date.parse('2026-03-02T09:00:00Z');

/**
 * The one clock that both twins and the sync go by. It stands still but for what takes time in this
 * world, so that a scenario ends the same way each time, however busy the machine is.
 */
export class WorldClock extends TwinClock {
	private time = START;

	override now(): number {
		return this.time;
	}

	override advance(milliseconds: number): void {
		this.time += milliseconds;
	}

	override reset(): void {
		this.time = START;
	}
}
