import type { Clock } from '../ports';

/** Less than this is the way of an answer, not a clock that is off; milliseconds. */
const SLACK_MS = 250;

/**
 * R40: where several machines share a ledger, its server's clock is everybody's, so that a lease that one has taken ends for
 * all at the same moment. Each transaction tells it; in between this machine counts on.
 *
 * @param own this machine's clock
 */
export function databaseClock(own: Clock): Clock & { hears(time: number): void } {
	let ahead = 0;
	return {
		now: () => own.now() + ahead,
		hears(time) {
			const off = time - (own.now() + ahead);
			if (Math.abs(off) > SLACK_MS) ahead += off;
		},
	};
}
