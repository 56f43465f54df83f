import type { DynamicsTable } from '../items';
import { CursorExpired, type DynamicsChanges, type DynamicsPort } from '../ports';

/** R32: a save is dated when it begins, and is seen when its plug-ins have ended: Dynamics gives them two minutes. */
export const LONGEST_SAVE_MS = 120_000;

/** Where change tracking stands, and with which columns. */
interface Tracking {
	link: string;
	columns: string[];
}

/** What a full read is made with: another list of columns, or another filter, takes another one (R33, R54). */
export interface Wanted {
	columns: string[];
	/** Names the filter that people have set; undefined: none. */
	filter?: string;
}

/**
 * Where a table's feed stands (R32). full: first read, or a new one after expiry or a changed mapping.
 * sweep: rows changed while the full read ran. delta: change tracking.
 */
export interface DynamicsCursor {
	phase: 'full' | 'sweep' | 'delta';
	generation: number;
	link: string | null;
	columns: string[];
	filter?: string;
	/** Where the sweep starts: before the full read began, by the server's time. */
	since: string | null;
	/** sweep: the delta link to go on with afterwards. */
	delta: string | null;
	/** full: how many rows were read so far. */
	read?: number;
	/** R33: change tracking with the columns of before, in use until this full read is complete. */
	before?: Tracking;
}

/** What was read of a table, and where its feed stands after. */
export interface ReadTable {
	changes: DynamicsChanges;
	cursor: DynamicsCursor;
	/** Full reads number their generation; 0 otherwise. */
	generation: number;
	/** All edits until now were read. */
	drained: boolean;
	/** R33: a new full read goes on with the room that is left. */
	more: boolean;
}

export function fromTheStart(generation: number, { columns, filter }: Wanted): DynamicsCursor {
	return { phase: 'full', generation, link: null, columns, filter, since: null, delta: null };
}

function isAnother(kept: Wanted, wanted: Wanted): boolean {
	return kept.columns.join() !== wanted.columns.join() || kept.filter !== wanted.filter;
}

/** A kept cursor set back to a full read of the next generation, with the same columns (R32). */
export function readAnew(kept: string): string {
	const cursor = JSON.parse(kept) as DynamicsCursor;
	return JSON.stringify(fromTheStart(cursor.generation + 1, cursor));
}

/** A position whose columns are not all there (any more) leads nowhere: everything is read once with what is left (R33). */
export function whileAllAreThere(
	{ before, ...kept }: DynamicsCursor,
	isThere: (column: string) => boolean,
	wanted: Wanted,
): DynamicsCursor {
	const usable = before?.columns.every(isThere) ? { before } : {};
	return kept.columns.every(isThere)
		? { ...kept, ...usable }
		: { ...fromTheStart(kept.generation + 1, wanted), ...usable };
}

/** The next piece of a table's feed: of what people are waiting for. */
export async function readOn(
	port: DynamicsPort,
	table: DynamicsTable,
	kept: DynamicsCursor | null,
	wanted: Wanted,
	room: number,
): Promise<ReadTable> {
	const cursor = kept ?? fromTheStart(1, wanted);
	try {
		if (cursor.before) return await readBefore(port, table, cursor, cursor.before, room);
		return await readPhase(port, table, cursor, wanted, room);
	} catch (error) {
		if (!(error instanceof CursorExpired)) throw error;
		const { before, ...rest } = cursor;
		if (before) return await readOn(port, table, rest, wanted, room);
		return await readPhase(port, table, fromTheStart(cursor.generation + 1, wanted), wanted, room);
	}
}

/** R33: the next piece of a new full read, while change tracking of before tells what people edit. */
export async function readMore(
	port: DynamicsPort,
	table: DynamicsTable,
	kept: DynamicsCursor | null,
	wanted: Wanted,
	room: number,
): Promise<ReadTable> {
	if (!kept?.before) return await readOn(port, table, kept, wanted, room);
	const { before, ...rest } = kept;
	const cursor = isAnother(rest, wanted) ? fromTheStart(rest.generation + 1, wanted) : rest;
	const read = await readPhase(port, table, cursor, wanted, room).catch((error: unknown) => {
		if (!(error instanceof CursorExpired)) throw error;
		return readPhase(port, table, fromTheStart(cursor.generation + 1, wanted), wanted, room);
	});
	// Complete: from here on its own change tracking is read, in the same run.
	if (read.cursor.phase === 'delta') return read;
	return { ...read, cursor: { ...read.cursor, before }, drained: true, more: true };
}

/** What change tracking with the columns of before has to say. */
async function readBefore(
	port: DynamicsPort,
	table: DynamicsTable,
	cursor: DynamicsCursor,
	{ link, columns }: Tracking,
	room: number,
): Promise<ReadTable> {
	const changes = await port.readChanges(table, columns, link, room);
	const before = { link: changes.link, columns };
	return {
		changes,
		cursor: { ...cursor, before },
		generation: 0,
		drained: changes.drained,
		more: true,
	};
}

async function readPhase(
	port: DynamicsPort,
	table: DynamicsTable,
	cursor: DynamicsCursor,
	wanted: Wanted,
	room: number,
): Promise<ReadTable> {
	const changes =
		cursor.phase === 'sweep'
			? await port.readModifiedSince(table, cursor.columns, cursor.since!, cursor.link, room)
			: await port.readChanges(table, cursor.columns, cursor.link, room);
	// An answer is dated when it ends.
	const before =
		changes.serverTime && earlier(changes.serverTime, port.timeoutMs + LONGEST_SAVE_MS);
	const next = moved(cursor, changes, before, wanted);
	// A sweep that has ended is followed by what change tracking has to say, in the same run.
	const isTracking = cursor.phase === 'delta' && changes.drained;
	return {
		changes,
		cursor: next,
		generation: cursor.phase === 'full' ? cursor.generation : 0,
		drained: isTracking,
		more: isTracking && next.before !== undefined,
	};
}

const earlier = (time: string, by: number) => new Date(Date.parse(time) - by).toISOString();

function moved(
	kept: DynamicsCursor,
	changes: DynamicsChanges,
	before: string | null,
	wanted: Wanted,
): DynamicsCursor {
	const since = kept.since ?? before;
	const { read = 0, ...cursor } = kept;
	if (!changes.drained) {
		const counted = cursor.phase === 'full' && { read: read + changes.rows.length };
		return { ...cursor, since, link: changes.link, ...counted };
	}
	if (cursor.phase === 'full' && since !== null) {
		return { ...cursor, phase: 'sweep', since, link: null, delta: changes.link };
	}
	const delta = cursor.phase === 'sweep' ? cursor.delta! : changes.link;
	if (isAnother(cursor, wanted)) {
		// R33: the old columns' link is drained; now everything is read once with the new ones.
		const tracking = { link: delta, columns: cursor.columns };
		return { ...fromTheStart(cursor.generation + 1, wanted), before: tracking };
	}
	return { ...cursor, phase: 'delta', since: null, link: delta, delta: null };
}
