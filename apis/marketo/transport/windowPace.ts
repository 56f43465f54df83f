import type { Pace, Wire } from '../../wire/wire';

/** Half of what Marketo allows one subscription (100 calls in 20 s), as Adobe advises. */
export const ADVISED_RATE = { calls: 50, windowMs: 20_000 } as const;

/** When the last calls went; shared by everything that is paced together. */
export interface CallWindow {
	starts: number[];
}

/**
 * At most `calls` calls in any stretch of `windowMs`. Executions of one process that share the window
 * keep the rate together.
 */
export function windowPace(
	window: CallWindow,
	wire: Pick<Wire, 'now' | 'sleep'>,
	{ calls, windowMs }: { calls: number; windowMs: number } = ADVISED_RATE,
): Pace {
	return {
		async take() {
			for (;;) {
				const now = wire.now();
				window.starts = window.starts.filter((start) => now - start < windowMs && start <= now);
				if (window.starts.length < calls) {
					window.starts.push(now);
					return;
				}
				await wire.sleep(window.starts[0]! + windowMs - now);
			}
		},
	};
}
