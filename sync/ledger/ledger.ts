import type { BaseKey } from '../fingerprint';
import type { Clock, Randomness } from '../ports';
import type { Db } from './schema';

/** How long things may take. A fast mode scales them all alike. Milliseconds. */
export interface Timing {
	/** How late Marketo's log may be, unless it was seen to be later (R34, R51). */
	overlap: number;
	/** Longest silence of a run before another may take over. */
	lease: number;
	/** Age up to which the page's own read counts as "just read" for Marketo writes (R12). */
	fresh: number;
	/** After an unanswered Marketo write: how long until it is judged (R17), on top of its time-out. */
	unansweredGrace: number;
	/** First pause before a failed record is tried again; doubles each time. */
	retry: number;
	/** Silence of an owner's heartbeat after which its process counts as dead. */
	heartbeat: number;
	/** In which everybody is compared once, and what was seen of the log's lateness counts half as much (R51). */
	day: number;
}

export const NORMAL_TIMING: Timing = {
	overlap: 15 * 60_000,
	lease: 180_000,
	fresh: 30_000,
	unansweredGrace: 90_000,
	retry: 5 * 60_000,
	heartbeat: 30_000,
	day: 24 * 3_600_000,
};

/** All times divided by `factor`: tests and demonstrations need not wait for quarter hours. */
export function scaledTiming(factor: number): Timing {
	const scaled = Object.entries(NORMAL_TIMING).map(([name, value]) => [
		name,
		Math.max(1, Math.round(value / factor)),
	]);
	return Object.fromEntries(scaled) as unknown as Timing;
}

/** The open ledger with what the engine needs beside it. */
export interface Ledger {
	db: Db;
	/** What people call it, where there are several; empty or none: the usual one. */
	name?: string;
	id: string;
	key: BaseKey;
	clock: Clock;
	random: Randomness;
	timing: Timing;
	close(): Promise<void>;
}
