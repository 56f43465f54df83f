import type { DynamicsTable, FeedItem, PageStart, RecordItem } from '../items';
import { roomAfter } from '../schedule/crashes';
import { beginRead, reachedDynamics } from '../schedule/systems';
import type { Ledger } from '../ledger/ledger';
import { inPieces } from '../ledger/inPieces';
import type { Columns } from '../ledger/columns';
import { handOutDue } from '../ledger/due';
import { feedOf } from '../ledger/feeds';
import { lastLinked, linksOfPeople } from '../ledger/links';
import { readSubject, recordSubject, subjectOf } from '../ledger/subject';
import type { LaneDefinition } from '../lanes/definition';
import type { LaneMapping } from '../mapping';
import { CursorExpired, type DynamicsChanges, type DynamicsPort, type DynamicsRow } from '../ports';
import { describeAnew, describeIfUnknown, readWithColumns } from './columnCache';
import { isBlank } from '../values';
import { feedItem, NO_LOG, type Bookkeeping, type CursorStep } from './feed';
import { isSetAside } from './onTrial';
import { isMissing, type Missing } from './outOfSight';

/** Records of one page at most; what is due takes up to this share of them (R3). */
export const PAGE_RECORDS = 1000;
const DUE_RECORDS = 300;
/** A table is not begun with less room than this: tiny pages would cost a call each. */
const LEAST_ROOM = 300;
/** Marketo's activity log among the feeds of a two-way lane. */
export const LOG_FEED = 'person';
/** Kept free until the run has read Marketo's log: that is best read before the run's own writes are in it. */
const ROOM_FOR_LOG = 300;

/**
 * Where a table's feed stands (R32). full: first read, or a new one after expiry or a changed mapping.
 * sweep: rows changed while the full read ran. delta: change tracking.
 */
interface DynamicsCursor {
	phase: 'full' | 'sweep' | 'delta';
	generation: number;
	link: string | null;
	columns: string[];
	/** Server time at the start of the full read. */
	since: string | null;
	/** sweep: the delta link to go on with afterwards. */
	delta: string | null;
}

/** *Get Dynamics changes*: one page of what changed and of what is due, with one feed item in front (R4). */
export async function readDynamicsPage(
	ledger: Ledger,
	definition: LaneDefinition,
	start: PageStart,
	mapping: LaneMapping,
	port: DynamicsPort,
): Promise<Array<FeedItem | RecordItem>> {
	const { ref, lane } = await beginRead(
		ledger,
		definition,
		start,
		'Get Dynamics Changes',
		async (by) => await reachedDynamics(port, by),
	);
	// R37: a page that killed its process is halved, again and again, until it passes.
	const crashes = lane?.crashes ?? 0;
	const room = roomAfter(crashes, PAGE_RECORDS);
	const mayWork = async (one: { subject: string; label?: string }) =>
		room > 1 || start.preview || !(await isSetAside(ledger, ref, crashes, one));
	// By hand: a column that somebody has just made is to be in the editor's lists afterwards.
	if (start.preview)
		for (const { name } of definition.tables)
			await describeAnew(ledger, name, async () => await port.describe(name));
	const sample = start.linkedRecords
		? await lastLinked(ledger.db, ref.lane, Math.min(start.linkedRecords, PAGE_RECORDS))
		: null;
	const handedOut = sample
		? []
		: await handOutDue(ledger, ledger.db, ref, Math.min(DUE_RECORDS, room), !start.preview);
	const due = handedOut[0] && !(await mayWork(handedOut[0])) ? [] : handedOut;
	const records = new Map<string, RecordItem>();
	const readAt = ledger.clock.now();
	const add = (row: DynamicsRow, because: RecordItem['because']) => {
		records.set(recordSubject(row), recordOf(definition, start, row, because));
	};
	const missing: Missing = new Map();
	await readDue(
		ledger,
		definition,
		mapping,
		port,
		sample ?? due.map((row) => row.subject),
		add,
		(table, id) => {
			// Of a mapping a record that is not there tells nothing.
			if (!sample) isMissing(missing, table, id, 'due');
		},
	);
	const steps: CursorStep[] = [];
	const isLogRead =
		!definition.twoWay ||
		(due.length === 0 && (await feedOf(ledger.db, ref.lane, LOG_FEED))?.drainedIn === ref.run);
	const forTables = isLogRead ? room : Math.min(room, PAGE_RECORDS - ROOM_FOR_LOG);
	for (const { name: table, needed } of sample ? [] : definition.tables) {
		const left = forTables - records.size;
		if (left < Math.min(LEAST_ROOM, room)) break;
		const feed = await feedOf(ledger.db, ref.lane, table);
		if (feed && !start.preview && feed.drainedIn === ref.run) continue;
		const kept = feed ? (JSON.parse(feed.cursor) as DynamicsCursor) : null;
		const { changes, cursor, generation, drained } = await readMapped(
			ledger,
			mapping,
			table,
			port,
			async (columns) =>
				await readOn(
					port,
					table,
					kept && whileAllAreThere(kept, columns, columnsWanted(mapping, table, needed, columns)),
					columnsWanted(mapping, table, needed, columns),
					left,
				),
		);
		for (const row of changes.rows) add(row, 'feed');
		await describeIfUnknown(ledger, table, changes.rows, async () => await port.describe(table));
		// One that was restored, or made again under its id, is reported twice, and is there.
		for (const id of changes.deletedIds) isMissing(missing, table, id, 'feed');
		steps.push({
			feed: table,
			from: feed?.cursor ?? null,
			to: JSON.stringify(cursor),
			drained,
			generation,
		});
	}
	const hidden: Bookkeeping['hidden'] = [];
	for (const [table, ids] of missing) {
		const { rows, deleted, refused } = await readMapped(
			ledger,
			mapping,
			table,
			port,
			async (columns) =>
				await port.readEach(
					table,
					columnsWanted(mapping, table, neededOf(definition, table), columns),
					[...ids.keys()],
				),
		);
		for (const row of rows) add(row, ids.get(row.id)!);
		for (const id of deleted)
			records.set(subjectOf(table, id), goneRecord(start, table, id, ids.get(id)!));
		for (const [id, refusal] of refused) hidden.push([subjectOf(table, id), refusal]);
	}
	const read = [...records.values()];
	const isAloneInFeed = due.length === 0 && read.length === 1;
	const list =
		isAloneInFeed && !(await mayWork({ subject: recordSubject(read[0]!), label: read[0]!.label }))
			? []
			: read;
	const item = feedItem(start, 'dynamics', list, {
		steps,
		due: due.map((row) => row.subject),
		readAt,
		guids: [],
		unlinked: 0,
		log: NO_LOG,
		address: port.url,
		...(sample && { isSample: true as const }),
		hidden,
	});
	return [item, ...list];
}

/** A kept cursor set back to a full read of the next generation, with the same columns (R32). */
export function readAnew(kept: string): string {
	const { generation, columns } = JSON.parse(kept) as DynamicsCursor;
	return JSON.stringify(fromTheStart(generation + 1, columns));
}

function fromTheStart(generation: number, columns: string[]): DynamicsCursor {
	return { phase: 'full', generation, link: null, columns, since: null, delta: null };
}

/** A position whose columns are not all there (any more) leads nowhere: everything is read once with what is left (R33). */
function whileAllAreThere(
	kept: DynamicsCursor,
	columns: Columns,
	wanted: string[],
): DynamicsCursor {
	const isThere = kept.columns.every((name) => columns.has(name) || wanted.includes(name));
	return isThere ? kept : fromTheStart(kept.generation + 1, wanted);
}

async function readMapped<Result>(
	ledger: Ledger,
	mapping: LaneMapping,
	table: DynamicsTable,
	port: DynamicsPort,
	read: (columns: Columns) => Promise<Result>,
): Promise<Result> {
	return await readWithColumns(
		ledger,
		table,
		(mapping[table]?.rows ?? []).map((row) => row.column),
		async () => await port.describe(table),
		read,
	);
}

function neededOf({ tables }: LaneDefinition, table: DynamicsTable): readonly string[] {
	return tables.find(({ name }) => name === table)?.needed ?? [];
}

/** Mapped columns that are there and the needed ones, sorted: a changed list needs a new full read (R33). */
function columnsWanted(
	mapping: LaneMapping,
	table: DynamicsTable,
	needed: readonly string[],
	columns: Columns,
): string[] {
	const mapped = (mapping[table]?.rows ?? [])
		.map((row) => row.column)
		.filter((name) => columns.has(name));
	return [...new Set([...needed, ...mapped])].sort();
}

async function readOn(
	port: DynamicsPort,
	table: DynamicsTable,
	kept: DynamicsCursor | null,
	columns: string[],
	room: number,
) {
	const cursor: DynamicsCursor = kept ?? fromTheStart(1, columns);
	try {
		const changes = await readPhase(port, table, cursor, room);
		const next = moved(cursor, changes, columns);
		// A sweep that has ended is followed by what change tracking has to say, in the same run.
		return {
			changes,
			cursor: next,
			generation: cursor.phase === 'full' ? cursor.generation : 0,
			drained: cursor.phase === 'delta' && next.phase === 'delta' && changes.drained,
		};
	} catch (error) {
		if (!(error instanceof CursorExpired)) throw error;
		const anew = fromTheStart(cursor.generation + 1, columns);
		const changes = await readPhase(port, table, anew, room);
		return {
			changes,
			cursor: moved(anew, changes, columns),
			generation: anew.generation,
			drained: false,
		};
	}
}

async function readPhase(
	port: DynamicsPort,
	table: DynamicsTable,
	cursor: DynamicsCursor,
	room: number,
): Promise<DynamicsChanges> {
	if (cursor.phase === 'sweep')
		return await port.readModifiedSince(table, cursor.columns, cursor.since!, cursor.link, room);
	return await port.readChanges(table, cursor.columns, cursor.link, room);
}

function moved(cursor: DynamicsCursor, changes: DynamicsChanges, wanted: string[]): DynamicsCursor {
	const since = cursor.since ?? changes.serverTime;
	if (!changes.drained) return { ...cursor, since, link: changes.link };
	if (cursor.phase === 'full' && since !== null) {
		return { ...cursor, phase: 'sweep', since, link: null, delta: changes.link };
	}
	const delta = cursor.phase === 'sweep' ? cursor.delta : changes.link;
	if (cursor.columns.join() !== wanted.join()) {
		// R33: the old columns' link is drained; now everything is read once with the new ones.
		return fromTheStart(cursor.generation + 1, wanted);
	}
	return { ...cursor, phase: 'delta', since: null, link: delta, delta: null };
}

async function readDue(
	ledger: Ledger,
	definition: LaneDefinition,
	mapping: LaneMapping,
	port: DynamicsPort,
	subjects: string[],
	add: (row: DynamicsRow, because: RecordItem['because']) => void,
	missing: (table: DynamicsTable, id: string) => void,
) {
	if (subjects.length === 0) return;
	const wanted = new Map(definition.tables.map(({ name }) => [name, new Set<string>()]));
	const people: string[] = [];
	for (const subject of subjects) {
		const { table, id } = readSubject(subject);
		if (table === definition.object) people.push(id);
		else wanted.get(table)?.add(id);
	}
	const links = await linksOfPeople(ledger.db, definition.id, people, ['active']);
	for (const link of links) wanted.get(link.table)?.add(link.dynamicsId);
	for (const { name: table, needed } of definition.tables) {
		const ids = [...wanted.get(table)!];
		if (ids.length === 0) continue;
		const rows = await readMapped(
			ledger,
			mapping,
			table,
			port,
			async (columns) =>
				await inPieces(
					ids,
					async (piece) =>
						await port.readByIds(table, columnsWanted(mapping, table, needed, columns), piece),
					DUE_RECORDS,
				),
		);
		const found = new Set(rows.map((row) => row.id));
		for (const row of rows) add(row, 'due');
		for (const id of ids) if (!found.has(id)) missing(table, id);
	}
}

function recordOf(
	{ tables }: LaneDefinition,
	start: PageStart,
	row: DynamicsRow,
	because: RecordItem['because'],
): RecordItem {
	const names = tables.find(({ name }) => name === row.table)?.names ?? [];
	const named = names.map((name) => row.values[name]).find((value) => !isBlank(value));
	return {
		kind: 'record',
		page: start.page,
		table: row.table,
		id: row.id,
		label: String(named ?? row.id),
		changedAt: row.modifiedOn,
		version: row.version,
		changedBy: row.modifiedBy ?? undefined,
		values: row.values,
		because,
	};
}

function goneRecord(
	start: PageStart,
	table: DynamicsTable,
	id: string,
	because: RecordItem['because'],
): RecordItem {
	return {
		kind: 'record',
		page: start.page,
		table,
		id,
		label: id,
		changedAt: null,
		deleted: true,
		values: {},
		because,
	};
}
