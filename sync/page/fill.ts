import type { EditionRow } from '../edition';
import type { DynamicsTable } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { editionOf, keepEdition, nextBehind, pairsByEdition, type After } from '../ledger/editions';
import { feedOf, setFeed, type Feed } from '../ledger/feeds';
import { closeQuestionsOfRow } from '../ledger/conflicts';
import type { Ledger } from '../ledger/ledger';
import { solveRefusalsOfField } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import type { LaneMapping } from '../mapping';
import type { CursorStep } from './feed';
import type { Page } from './page';
import { mappedLane } from './tables';

/** Pairs that the mapping has to reach, among a lane's feeds; there while it has not reached all. */
export const FILL_FEED = 'fill';

/** Pieces of links that one page looks through. */
const MOST_PIECES = 10;

/** How far the walk over a lane's links has come. */
interface FillCursor {
	/** To which edition the pairs are brought. */
	edition: number;
	/** Which one had reached all of them before. */
	filled: number;
	after: After | null;
}

/**
 * R50: takes up what the mapping says since this page. Where it asks for more, all pairs are compared in the
 * background, from the first on: those that have been meanwhile are passed over.
 */
export async function takeUpEdition(page: Page): Promise<void> {
	const { db, ref, before, edition } = page;
	if (before && JSON.stringify(before) === JSON.stringify(edition)) return;
	await keepEdition(db, ref.lane, edition);
	for (const row of before?.rows ?? []) if (isRemoved(page, row)) await closeRow(page, row);
	if (!before || before.number === edition.number) return;
	const feed = await feedOf(db, ref.lane, FILL_FEED);
	const filled = feed ? (JSON.parse(feed.cursor) as FillCursor).filled : before.number;
	const cursor: FillCursor = { edition: edition.number, filled, after: null };
	await setFeed(db, ref.lane, FILL_FEED, {
		cursor: JSON.stringify(cursor),
		drainedIn: null,
		more: true,
	});
}

/** Somebody has removed the row, or its column or field is in another one now; not: it is skipped. */
function isRemoved({ mapping }: Page, { table, id }: EditionRow): boolean {
	return !mapping[table]?.rows.some((row) => row.id === id);
}

/** What people were told of a row that was removed waits for nobody any more. */
async function closeRow({ db, ref }: Page, { table, id }: EditionRow): Promise<void> {
	const [column = '', field = ''] = id.split('>');
	const of = { lane: ref.lane, table };
	await solveRefusalsOfField(db, { ...of, side: 'dynamics', field: column });
	await solveRefusalsOfField(db, { ...of, side: 'marketo', field });
	const rule = 'The row was removed from the field mapping';
	await closeQuestionsOfRow(db, { ...of, row: id }, rule);
}

/** What a lane fills at the moment, and how far it is. */
export interface Filling {
	/** Rows of the mapping, as `column>field`. */
	rows: string[];
	/** Linked records that these rows have to reach, and how many they have reached. */
	records: number;
	done: number;
}

export async function fillingOf(db: Db, lane: string): Promise<Filling | null> {
	const feed = await feedOf(db, lane, FILL_FEED);
	const edition = feed && (await editionOf(db, lane));
	if (!edition) return null;
	const { filled } = JSON.parse(feed.cursor) as FillCursor;
	const rows = edition.rows.filter(({ since }) => since > filled);
	const newest = new Map<DynamicsTable, number>();
	for (const { table, since } of rows) newest.set(table, Math.max(since, newest.get(table) ?? 0));
	const pairs = (await pairsByEdition(db, lane)).filter(({ table }) => newest.has(table));
	const done = pairs.filter((some) => some.edition >= newest.get(some.table)!);
	return {
		rows: [...new Set(rows.map(({ id }) => id))],
		records: sum(pairs),
		done: sum(done),
	};
}

const sum = (some: Array<{ pairs: number }>) => some.reduce((all, { pairs }) => all + pairs, 0);

/** The next pairs to be compared because the mapping has changed, by their rows; null where all have been. */
export async function nextToFill(
	{ db }: Ledger,
	definition: LaneDefinition,
	feed: Feed | undefined,
	mapping: LaneMapping,
	room: number,
): Promise<{ rows: Map<DynamicsTable, string[]>; step: CursorStep } | null> {
	if (!feed) return null;
	const { tables } = await mappedLane(db, definition, mapping);
	const newest = new Map([...tables].map(([name, table]) => [name, table.newest]));
	const cursor = JSON.parse(feed.cursor) as FillCursor;
	const found: Array<{ table: DynamicsTable; id: string }> = [];
	let { after } = cursor;
	for (let pieces = 0; pieces < MOST_PIECES && found.length < room; pieces++) {
		const piece = await nextBehind(db, definition.id, newest, after, room - found.length);
		found.push(...piece.rows);
		after = piece.after;
		if (after === null) break;
	}
	const rows = Map.groupBy(found, ({ table }) => table);
	return {
		rows: new Map([...rows].map(([table, ofTable]) => [table, ofTable.map(({ id }) => id)])),
		step: {
			feed: FILL_FEED,
			from: feed.cursor,
			to: after && JSON.stringify({ ...cursor, after } satisfies FillCursor),
			drained: true,
			more: after !== null,
			generation: 0,
		},
	};
}

/** R57: the run goes on without it, and the next one begins where it stands. */
export function fillLater({ cursor }: Feed): CursorStep {
	return { feed: FILL_FEED, from: cursor, to: cursor, drained: true, more: true, generation: 0 };
}
