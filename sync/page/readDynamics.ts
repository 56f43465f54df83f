import { filterColumns, filterName, NATIVE_FILTER, type SyncFilter } from '../filter';
import type { DynamicsTable, FeedItem, PageStart, RecordItem } from '../items';
import { roomAfter } from '../schedule/crashes';
import { isCopyStopped } from '../schedule/dayQuota';
import { beginRead, reachedDynamics } from '../schedule/systems';
import type { Ledger } from '../ledger/ledger';
import { inPieces } from '../ledger/inPieces';
import { columnsIn, describedTables, type Catalogue, type Columns } from '../ledger/columns';
import { ADDRESSED, handOutDue, WRITE_BACK } from '../ledger/due';
import { feedsOf, LOG_FEED, type Feed } from '../ledger/feeds';
import { lastLinked, linksOfPeople } from '../ledger/links';
import { readSubject, recordSubject, subjectOf } from '../ledger/subject';
import type { LaneDefinition, LaneTable } from '../lanes/definition';
import type { LaneMapping } from '../mapping';
import type { DynamicsPort, DynamicsRow } from '../ports';
import { leaveOutClosed } from './closedColumns';
import { describeAnew, describeIfUnknown, readWithColumns } from './columnCache';
import { readMore, readOn, whileAllAreThere, type DynamicsCursor } from './dynamicsCursor';
import { feedItem, NO_LOG, type Bookkeeping, type CursorStep } from './feed';
import { mayGoInFiles } from './files';
import { FILL_FEED, fillLater, nextToFill } from './fill';
import { judgeRows } from './judgeRows';
import { goneRecord, recordOf } from './rowRecords';
import { isSetAside } from './onTrial';
import { noteMissing, type Missing } from './outOfSight';
import { countRows, isFirstOfMany, rowsCounted, rowsToCopy } from './progress';
import { beginParents, endParents, parentsFeed, readParents } from './savedParents';
import { inLaneTables } from './sources';
import { SWEPT_AT_ONCE } from './sweep';
import { nextToCompare } from './editsInMarketo';

/** Records of one page at most: whole calls of 300 to Marketo. */
export const PAGE_RECORDS = 1_200;
/** What is due takes up to one in so many of them (R3). */
const DUE_SHARE = 4;
/** Of tables in which many rows stand for no record: what is left of them fills calls as well. */
const PARTLY_RECORDS = 3 * PAGE_RECORDS;
/** Of a first copy that is large: what makes a file worth it (R56), by one call to Dynamics, which gives 5,000 at most. */
const FILE_RECORDS = 4_500;
/** A table is not begun with less room than this: tiny pages would cost a call each. */
const LEAST_ROOM = 300;
/** What Marketo's log may add to a whole page: it is best read before the run's own writes are in it. */
export const ROOM_FOR_LOG = 300;

/** *Get Dynamics changes*: one page of what changed and of what is due, with one feed item in front (R4). */
export async function readDynamicsPage(
	ledger: Ledger,
	definition: LaneDefinition,
	start: PageStart,
	mapping: LaneMapping,
	dynamics: DynamicsPort,
): Promise<Array<FeedItem | RecordItem>> {
	const port = inLaneTables(definition, dynamics);
	const { ref, lane } = await beginRead(
		ledger,
		definition,
		start,
		'Get Dynamics Changes',
		async (by) => await reachedDynamics(port, by),
	);
	// R37: a page that killed its process is halved, again and again, until it passes.
	const crashes = lane?.crashes ?? 0;
	const isPartly = definition.tables.some(({ standsFor }) => standsFor);
	const wholePage = isPartly ? PARTLY_RECORDS : PAGE_RECORDS;
	const room = roomAfter(crashes, wholePage);
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
		: await handOutDue(
				ledger,
				ledger.db,
				ref,
				Math.min(wholePage / DUE_SHARE, room),
				!start.preview,
				room,
			);
	const due = handedOut[0] && !(await mayWork(handedOut[0])) ? [] : handedOut;
	const records = new Map<string, RecordItem>();
	const names = definition.tables.map(({ name }) => name);
	const reading: Reading = {
		ledger,
		catalogue: await describedTables(ledger.db, names),
		definition,
		mapping,
		port,
		filter: start.filter ?? NATIVE_FILTER,
	};
	const readAt = ledger.clock.now();
	const add = (row: DynamicsRow, because: RecordItem['because']) => {
		const record = recordOf(definition, start, row, because);
		if (!record.isOld || because !== 'fill') records.set(recordSubject(row), record);
	};
	const missing: Missing = new Map();
	const tablesToRead = definition.tables.filter((table) => !isLeftOut(definition, mapping, table));
	// Together, by one call; of one that cannot be described that is told when its turn comes.
	for (const table of sample ? [] : tablesToRead)
		await readMapped(reading, table, async () => undefined).catch(() => undefined);
	await port.getReady?.(tablesToRead.map(({ name }) => name));
	// R5, R48: the row of somebody who was just made came in a moment ago.
	const dueRows = due.filter(({ code }) => code !== ADDRESSED);
	await readDue(reading, sample ?? dueRows.map((row) => row.subject), add, (table, id) => {
		// Of a mapping a record that is not there tells nothing.
		if (!sample) noteMissing(missing, table, id, 'due');
	});
	const steps: CursorStep[] = [];
	let toCopy: number | undefined;
	// Of a row that was just made for a person it has nothing to say.
	const asksLog = dueRows.some(({ code }) => code !== WRITE_BACK);
	const feeds = await feedsOf(ledger.db, ref.lane);
	const isLogRead = !definition.twoWay || (!asksLog && feeds.get(LOG_FEED)?.drainedIn === ref.run);
	// R37: in a page that was halved nothing comes beside what is on trial, people who were just made included.
	const onTrial = room < PAGE_RECORDS ? due.length - dueRows.length : 0;
	const roomLeft = () => {
		const left = room - records.size - onTrial;
		return left < Math.min(LEAST_ROOM, room) ? 0 : left;
	};
	const takeIn = async (
		table: LaneTable,
		feed: Feed | undefined,
		read: typeof readOn,
		left: number,
	) => {
		const kept = feed ? (JSON.parse(feed.cursor) as DynamicsCursor) : null;
		const { changes, cursor, generation, drained, more } = await readMapped(
			reading,
			table,
			async (columns) => {
				const names = columnsWanted(reading, table, columns);
				const isThere = (name: string) => columns.has(name) || names.includes(name);
				const wanted = { columns: names, filter: filterName(reading.filter, table.name) };
				const from = kept && whileAllAreThere(kept, isThere, wanted);
				return await read(port, table.name, from, wanted, left);
			},
		);
		for (const row of changes.rows) add(row, 'feed');
		if (isFirstOfMany(cursor, changes.rows.length)) {
			if (start.preview) toCopy ??= await rowsToCopy(tablesToRead, port);
			else await countRows(ledger, ref.lane, tablesToRead, port);
		}
		await describeIfUnknown(
			ledger,
			reading.catalogue,
			table.name,
			changes.rows,
			async () => await port.describe(table.name),
		);
		// One that was restored, or made again under its id, is reported twice, and is there.
		for (const id of changes.deletedIds) noteMissing(missing, table.name, id, 'feed');
		const from = feed?.cursor ?? null;
		steps.push({ feed: table.name, from, to: JSON.stringify(cursor), drained, more, generation });
		return { drained, serverTime: changes.serverTime };
	};
	/** What goes on with the room that is left. */
	const further: Array<(left: number) => Promise<unknown>> = [];
	/** R58: once its own changes were read. Answers whether that was done before this page. */
	const takeInParents = async (
		table: LaneTable,
		own: Partial<Awaited<ReturnType<typeof takeIn>>>,
	) => {
		const feed = feeds.get(parentsFeed(table.name));
		const isShown = showsParents(reading, table);
		if (feed && !isShown) steps.push(endParents(table.name, feed.cursor));
		else if (!feed && isShown && own.serverTime)
			steps.push(beginParents(port, table.name, own.serverTime));
		if (!feed || !isShown) return true;
		const readThem = async (room: number) => {
			const { rows, step } = await readMapped(reading, table, async (columns) => {
				const names = columnsWanted(reading, table, columns);
				return await readParents(ledger, port, table.name, feed.cursor, names, room);
			});
			for (const row of rows) add(row, 'feed');
			steps.push(step);
		};
		if (feed.drainedIn === ref.run) {
			if (feed.more) further.push(readThem);
			return true;
		}
		const left = own.drained ? roomLeft() : 0;
		if (left > 0) await readThem(left);
		return false;
	};
	let areDrained = !start.preview;
	for (const table of sample ? [] : definition.tables) {
		const feed = feeds.get(table.name);
		if (!feed && isLeftOut(definition, mapping, table)) continue;
		const isDrained = !start.preview && feed?.drainedIn === ref.run;
		areDrained &&= isDrained;
		if (isDrained && feed.more)
			further.push(async (left) => await takeIn(table, feed, readMore, left));
		const left = (await fillsFile(ledger, definition, table, feed, room))
			? FILE_RECORDS - records.size
			: roomLeft();
		if (left === 0) break;
		const own = isDrained ? { drained: true } : await takeIn(table, feed, readOn, left);
		if (definition.twoWay && !start.preview)
			areDrained = (await takeInParents(table, own)) && areDrained;
	}
	// R33, R50: what the mapping says now reaches records in the background, with the room that people's edits leave.
	const isIdle = areDrained && isLogRead && due.length === 0;
	if (isIdle && (await isCopyStopped(ledger.db, readAt))) {
		const later = feeds.get(FILL_FEED);
		if (later) steps.push(fillLater(later));
	} else if (isIdle) {
		for (const readFurther of further) {
			const left = roomLeft();
			if (left > 0) await readFurther(left);
		}
		const left = further.length === 0 ? roomLeft() : 0;
		const fill =
			left > 0 && (await nextToFill(ledger, definition, feeds.get(FILL_FEED), mapping, left));
		if (fill) {
			for (const [table, ids] of fill.rows)
				for (const row of await readByIds(reading, table, ids)) add(row, 'fill');
			steps.push(fill.step);
		}
	}
	const isQuiet = due.length === 0 && !sample && !start.preview && steps.every(isAtItsEnd);
	const swept =
		isQuiet && further.length === 0 && records.size + SWEPT_AT_ONCE <= room
			? await nextToCompare(ledger, definition, mapping)
			: null;
	for (const [table, ids] of swept?.rows ?? [])
		for (const row of await readByIds(reading, table, ids))
			if (!records.has(subjectOf(table, row.id))) add(row, 'sweep');
	const hidden: Bookkeeping['hidden'] = [];
	for (const [table, ids] of missing) {
		const own = tableNamed(definition, table);
		const { rows, deleted, refused } = await readMapped(
			reading,
			own,
			async (columns) =>
				await port.readEach(table, columnsWanted(reading, own, columns), [...ids.keys()]),
		);
		for (const row of rows) add(row, ids.get(row.id)!);
		for (const id of deleted)
			records.set(subjectOf(table, id), goneRecord(start, table, id, ids.get(id)!));
		for (const [id, refusal] of refused) hidden.push([subjectOf(table, id), refusal]);
	}
	const readAgain = async (table: DynamicsTable, ids: string[]) =>
		(await readByIds(reading, table, ids)).map((row) => recordOf(definition, start, row, 'feed'));
	const asked = new Set(
		start.preview ? tablesToRead.map(({ name }) => name) : steps.map(({ feed }) => feed),
	);
	await judgeRows({ ...reading, asked, readAgain }, records);
	const read = [...records.values()];
	await leaveOutClosed(reading, read);
	const isAloneInFeed = due.length === 0 && read.length === 1;
	const list =
		isAloneInFeed && !(await mayWork({ subject: recordSubject(read[0]!), label: read[0]!.label }))
			? []
			: read;
	const item = feedItem(start, 'dynamics', list, {
		steps,
		due: due.map((row) => row.subject),
		asksLog,
		readAt,
		guids: [],
		unlinked: 0,
		log: NO_LOG,
		address: port.url,
		...(start.filter && { filter: start.filter }),
		...(start.whenMerged && { whenMerged: start.whenMerged }),
		...(start.whenPeopleMerged && { whenPeopleMerged: start.whenPeopleMerged }),
		...(sample && { isSample: true as const }),
		...(start.all && { all: start.all }),
		...(swept && { swept: swept.swept }),
		...(toCopy && { toCopy }),
		hidden,
	});
	return [item, ...list];
}

/** Nothing more is to be read of this feed for now. */
const isAtItsEnd = ({ drained, more }: CursorStep) => drained && !more;

/** What rows are read with. */
interface Reading {
	ledger: Ledger;
	/** Columns, as this step knows them. */
	catalogue: Catalogue;
	definition: LaneDefinition;
	mapping: LaneMapping;
	port: DynamicsPort;
	filter: SyncFilter;
}

async function readMapped<Result>(
	{ ledger, catalogue, mapping, port, filter }: Reading,
	{ name }: LaneTable,
	read: (columns: Columns) => Promise<Result>,
): Promise<Result> {
	const mapped = (mapping[name]?.rows ?? []).map((row) => row.column);
	const conditions = filter.tables[name]?.conditions ?? [];
	return await readWithColumns(
		ledger,
		catalogue,
		name,
		[...mapped, ...conditions.map(({ column }) => column)],
		async () => await port.describe(name),
		read,
	);
}

/** R56: whether a first copy has so much left that files are cheaper; its first page has shown that nothing is there yet. */
async function fillsFile(
	{ db }: Ledger,
	definition: LaneDefinition,
	{ name }: LaneTable,
	feed: Feed | undefined,
	room: number,
): Promise<boolean> {
	// A page that was halved stays so (R37).
	if (!feed || room < PAGE_RECORDS || !(await mayGoInFiles(db, definition))) return false;
	const { phase, generation, read = 0 } = JSON.parse(feed.cursor) as DynamicsCursor;
	if (phase !== 'full' || generation > 1) return false;
	return ((await rowsCounted(db, definition.id, name)) ?? 0) - read >= FILE_RECORDS / 2;
}

/** By choice: of what goes one way, nothing is read before the mapping has a row for it. */
function isLeftOut({ twoWay }: LaneDefinition, mapping: LaneMapping, { name }: LaneTable): boolean {
	return !twoWay && (mapping[name]?.rows ?? []).length === 0;
}

function tableNamed({ tables }: LaneDefinition, name: DynamicsTable): LaneTable {
	return tables.find((table) => table.name === name)!;
}

/** Mapped columns that are there, those of the filter and the needed ones, sorted: a changed list needs a new full read (R33). */
function columnsWanted({ mapping, filter }: Reading, table: LaneTable, columns: Columns): string[] {
	const mapped = (mapping[table.name]?.rows ?? [])
		.map((row) => row.column)
		.filter((column) => columns.has(column));
	return [
		...new Set([...table.needed, ...mapped, ...filterColumns(filter, table, columns)]),
	].sort();
}

/** Whether something of another row goes to Marketo, or says who takes part. */
function showsParents(reading: Reading, table: LaneTable): boolean {
	const columns = columnsIn(reading.catalogue, table.name);
	const rows = reading.mapping[table.name]?.rows ?? [];
	const toMarketo = rows.filter(({ direction }) => direction !== 'toDynamics');
	const names = [
		...toMarketo.map(({ column }) => column),
		...filterColumns(reading.filter, table, columns),
	];
	return names.some((name) => columns.get(name)?.ofParent);
}

async function readDue(
	reading: Reading,
	subjects: string[],
	add: (row: DynamicsRow, because: RecordItem['because']) => void,
	missing: (table: DynamicsTable, id: string) => void,
) {
	if (subjects.length === 0) return;
	const { ledger, definition } = reading;
	const wanted = new Map(definition.tables.map(({ name }) => [name, new Set<string>()]));
	const people: string[] = [];
	for (const subject of subjects) {
		const { table, id } = readSubject(subject);
		if (table === definition.object) people.push(id);
		else wanted.get(table)?.add(id);
	}
	const links = await linksOfPeople(ledger.db, definition.id, people, ['active']);
	for (const link of links) wanted.get(link.table)?.add(link.dynamicsId);
	for (const { name: table } of definition.tables) {
		const ids = [...wanted.get(table)!];
		if (ids.length === 0) continue;
		const rows = await readByIds(reading, table, ids);
		const found = new Set(rows.map((row) => row.id));
		for (const row of rows) add(row, 'due');
		for (const id of ids) if (!found.has(id)) missing(table, id);
	}
}

/** Rows by their ids, a page of them in one call; those that are not there are absent. */
async function readByIds(
	reading: Reading,
	name: DynamicsTable,
	ids: string[],
): Promise<DynamicsRow[]> {
	if (ids.length === 0) return [];
	const table = tableNamed(reading.definition, name);
	return await readMapped(
		reading,
		table,
		async (columns) =>
			await inPieces(
				ids,
				async (piece) =>
					await reading.port.readByIds(name, columnsWanted(reading, table, columns), piece),
				PAGE_RECORDS,
			),
	);
}
