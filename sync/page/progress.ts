import { countDueNow } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { feedsOf } from '../ledger/feeds';
import { metaValue, setMeta } from '../ledger/meta';
import type { Run } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import type { LaneTable } from '../lanes/definition';
import type { DynamicsPort } from '../ports';
import type { DynamicsCursor } from './dynamicsCursor';

/**
 * How far a full read of Dynamics is, for people: a first run takes minutes or hours. Of what changes every day
 * nobody knows how much there is before it was read.
 */
export interface Progress {
	read: number;
	/** Of how many, about: by a count of Dynamics that may be a day old; null once everything was read. */
	total: number | null;
	/** What is to be read, and what is due beside that. */
	left: number;
	/** 0 where nobody can tell yet. */
	perMinute: number;
	/** When it is done at this rate; null where nobody can tell yet. */
	endsAt: number | null;
}

const nameFor = (lane: string) => `rows.${lane}`;
/** A rate of the first seconds says nothing. */
const LEAST_MS = 30_000;

/** What is due is worth a word once it takes more than a few pages. */
const MANY_DUE = 1_000;

/** Dynamics' own count is as old as that. */
const FRESH_MS = 24 * 3_600_000;

interface Kept {
	at: number;
	rows: Record<string, number>;
}

/**
 * Asks, for all tables in one call and once a day at most, when a full read takes more than a page. What it cannot be
 * told is nobody's trouble.
 */
export async function countRows(
	{ db, clock }: Pick<Ledger, 'db' | 'clock'>,
	lane: string,
	tables: readonly LaneTable[],
	port: Pick<DynamicsPort, 'countRows'>,
): Promise<void> {
	const at = clock.now();
	const kept = await keptRows(db, lane);
	if (kept && Math.abs(at - kept.at) < FRESH_MS) return;
	const counted = await port.countRows?.(tables.map(({ name }) => name)).catch(() => undefined);
	if (!counted) return;
	const rows = Object.fromEntries(counted);
	await setMeta(db, nameFor(lane), JSON.stringify({ at, rows } satisfies Kept));
}

/** Of a preview, which keeps nothing: of all tables together; undefined where Dynamics does not tell. */
export async function rowsToCopy(
	tables: readonly LaneTable[],
	port: Pick<DynamicsPort, 'countRows'>,
): Promise<number | undefined> {
	const counted = await port.countRows?.(tables.map(({ name }) => name)).catch(() => undefined);
	return counted && [...counted.values()].reduce((sum, rows) => sum + rows, 0);
}

async function keptRows(db: Db, lane: string): Promise<Kept | undefined> {
	const kept = await metaValue(db, nameFor(lane));
	return kept === undefined ? undefined : (JSON.parse(kept) as Kept);
}

/** How many rows a table has, as Dynamics said last; undefined where it did not. */
export async function rowsCounted(
	db: Db,
	lane: string,
	table: string,
): Promise<number | undefined> {
	return (await keptRows(db, lane))?.rows[table];
}

/** Undefined while no full read is on whose size is known, nor much due. */
export async function progressOf(
	db: Db,
	lane: string,
	{ startedAt, counts }: Pick<Run, 'startedAt' | 'counts'>,
	now: number,
): Promise<Progress | undefined> {
	const reading = await readingOf(db, lane);
	const due = await countDueNow(db, lane, now);
	if (!reading && due < MANY_DUE) return undefined;
	const { read, total } = reading ?? { read: 0, total: null };
	const left = due + (total === null ? 0 : total - read);
	const took = now - startedAt;
	const perMinute = took < LEAST_MS ? 0 : Math.round((counts.looked * 60_000) / took);
	const endsAt = perMinute === 0 ? null : now + (left / perMinute) * 60_000;
	return { read, total, left, perMinute, endsAt };
}

/** Of the full read that is on, and whose size is known. */
async function readingOf(
	db: Db,
	lane: string,
): Promise<{ read: number; total: number } | undefined> {
	const kept = await keptRows(db, lane);
	if (!kept) return undefined;
	const feeds = await feedsOf(db, lane);
	let [read, total] = [0, 0];
	let isOn = false;
	for (const [table, rows] of Object.entries(kept.rows)) {
		const text = feeds.get(table)?.cursor;
		const cursor = text === undefined ? undefined : (JSON.parse(text) as DynamicsCursor);
		if (cursor && cursor.phase !== 'full') continue;
		isOn ||= cursor !== undefined;
		read += cursor?.read ?? 0;
		total += Math.max(rows, cursor?.read ?? 0);
	}
	return isOn ? { read, total } : undefined;
}

/** The first page of a full read that takes more than one. */
export function isFirstOfMany({ phase, read }: DynamicsCursor, rows: number): boolean {
	return phase === 'full' && read === rows;
}
