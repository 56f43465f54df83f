import type { Selectable } from 'kysely';
import type { Db, LedgerTables } from './schema';

/** Marketo's activity log among the feeds of a two-way lane. */
export const LOG_FEED = 'person';

/** Where a feed stands. */
export interface Feed {
	/** JSON; what it was made for is inside. Only who reads the feed reads it. */
	cursor: string;
	/** The run in which it was last read to its end. */
	drainedIn: string | null;
	/** There is more to read of it, with the room that is left (R33, R50). */
	more?: boolean;
}

export async function feedOf(db: Db, lane: string, name: string): Promise<Feed | null> {
	const row = await thatFeed(
		db.selectFrom('feed').select(['cursor', 'drained_in', 'more']),
		lane,
		name,
	).executeTakeFirst();
	return row ? feedFrom(row) : null;
}

/** All feeds of a lane that were begun, by name and in the order of their names. */
export async function feedsOf(db: Db, lane: string): Promise<Map<string, Feed>> {
	const rows = await db
		.selectFrom('feed')
		.select(['name', 'cursor', 'drained_in', 'more'])
		.where('lane', '=', lane)
		.orderBy('name')
		.execute();
	return new Map(rows.map(({ name, ...row }) => [name, feedFrom(row)]));
}

/**
 * R6: moves a feed's cursor if it still stands at `from` (null: there is none yet); false where it does not.
 * `to` null: it has said all that it had to say.
 */
export async function moveFeed(
	db: Db,
	lane: string,
	name: string,
	from: string | null,
	to: Feed | null,
): Promise<boolean> {
	if (from === null) return to === null || (await beginFeed(db, lane, name, to));
	if (to) {
		const move = thatFeed(db.updateTable('feed').set(rowOf(to)), lane, name, from);
		return Number((await move.executeTakeFirst()).numUpdatedRows) > 0;
	}
	const drop = thatFeed(db.deleteFrom('feed'), lane, name, from);
	return Number((await drop.executeTakeFirst()).numDeletedRows) > 0;
}

/** False where there is one. */
async function beginFeed(db: Db, lane: string, name: string, feed: Feed): Promise<boolean> {
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('feed')
		.values({ lane, name, ...rowOf(feed) })
		.onConflict((c) => c.columns(['lane', 'name']).doNothing())
		.executeTakeFirst();
	return Number(numInsertedOrUpdatedRows) > 0;
}

export async function setFeed(db: Db, lane: string, name: string, feed: Feed): Promise<void> {
	const row = { lane, name, ...rowOf(feed) };
	await db
		.insertInto('feed')
		.values(row)
		.onConflict((c) => c.columns(['lane', 'name']).doUpdateSet(row))
		.execute();
}

/** Whether one of a lane's feeds has more to be read with the room that is left. */
export function isMoreLeft(feeds: ReadonlyMap<string, Feed>): boolean {
	return [...feeds.values()].some(({ more }) => more);
}

/** Whether every feed of a lane was read to its end in this run. */
export function areFeedsDrained(feeds: ReadonlyMap<string, Feed>, run: string | null): boolean {
	return feeds.size > 0 && [...feeds.values()].every(({ drainedIn }) => drainedIn === run);
}

function thatFeed<
	Query extends { where(column: 'lane' | 'name' | 'cursor', is: '=', value: string): Query },
>(query: Query, lane: string, name: string, at?: string): Query {
	const feed = query.where('lane', '=', lane).where('name', '=', name);
	return at !== undefined ? feed.where('cursor', '=', at) : feed;
}

const rowOf = ({ cursor, drainedIn, more = false }: Feed) => ({
	cursor,
	drained_in: drainedIn,
	more: Number(more),
});

const feedFrom = (row: Omit<Selectable<LedgerTables['feed']>, 'lane' | 'name'>): Feed => ({
	cursor: row.cursor,
	drainedIn: row.drained_in,
	more: row.more === 1,
});
