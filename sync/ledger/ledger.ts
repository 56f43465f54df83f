import { Kysely, type Dialect } from 'kysely';
import type { BaseKey } from '../fingerprint';
import type { Clock, Randomness } from '../ports';
import { setOnce } from './meta';
import { migrateToLatest } from './migrate';
import { noteKey } from './ownKey';
import type { Db, LedgerTables } from './schema';

/** How long things may take. A fast mode scales them all alike. Milliseconds. */
export interface Timing {
	/** How far back each Marketo read starts again (R34). */
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
}

export const NORMAL_TIMING: Timing = {
	overlap: 15 * 60_000,
	lease: 180_000,
	fresh: 30_000,
	unansweredGrace: 90_000,
	retry: 5 * 60_000,
	heartbeat: 30_000,
};

/** All times divided by `factor`: tests and demonstrations need not wait for quarter hours. */
export function scaledTiming(factor: number): Timing {
	const scaled = Object.entries(NORMAL_TIMING).map(([name, value]) => [name, Math.max(1, Math.round(value / factor))]);
	return Object.fromEntries(scaled) as unknown as Timing;
}

/** The open ledger with what the engine needs beside it. */
export interface Ledger {
	db: Db;
	id: string;
	key: BaseKey;
	clock: Clock;
	random: Randomness;
	timing: Timing;
	close(): Promise<void>;
}

/**
 * Opens a ledger and brings its tables up to date. One that another key made is opened too: its lanes stand
 * still and say so (`lane/keyStop.ts`).
 * @throws SetUpProblem when it is newer than this package
 */
export async function openLedger(
	dialect: Dialect,
	parts: { key: BaseKey; clock: Clock; random: Randomness; timing: Timing },
): Promise<Ledger> {
	const db = new Kysely<LedgerTables>({ dialect });
	try {
		await migrateToLatest(db);
		const id = await db.transaction().execute(async (db) => {
			const id = await setOnce(db, 'ledger', parts.random.id());
			await noteKey(db, id, parts.key);
			return id;
		});
		return { db, id, ...parts, close: () => db.destroy() };
	} catch (error) {
		await db.destroy();
		throw error;
	}
}

/** Long lists are asked for in pieces: databases take a limited number of parameters. */
export async function inPieces<T, R>(list: T[], ask: (piece: T[]) => Promise<R[]>, size = 500): Promise<R[]> {
	const found: R[] = [];
	for (let from = 0; from < list.length; from += size) found.push(...(await ask(list.slice(from, from + size))));
	return found;
}
