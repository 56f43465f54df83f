import type { Db } from './schema';

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
	return row ? { cursor: row.cursor, drainedIn: row.drained_in, more: row.more === 1 } : null;
}

/** All feeds of a lane that were begun, in the order of their names. */
export async function feedsOf(db: Db, lane: string): Promise<Array<Feed & { name: string }>> {
	const rows = await db
		.selectFrom('feed')
		.select(['name', 'cursor', 'drained_in', 'more'])
		.where('lane', '=', lane)
		.orderBy('name')
		.execute();
	return rows.map(({ name, cursor, drained_in, more }) => ({
		name,
		cursor,
		drainedIn: drained_in,
		more: more === 1,
	}));
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
	if (((await feedOf(db, lane, name))?.cursor ?? null) !== from) return false;
	if (to) await setFeed(db, lane, name, to);
	else await dropFeed(db, lane, name);
	return true;
}

export async function setFeed(
	db: Db,
	lane: string,
	name: string,
	{ cursor, drainedIn, more = false }: Feed,
): Promise<void> {
	const row = { lane, name, cursor, drained_in: drainedIn, more: Number(more) };
	await db
		.insertInto('feed')
		.values(row)
		.onConflict((c) => c.columns(['lane', 'name']).doUpdateSet(row))
		.execute();
}

async function dropFeed(db: Db, lane: string, name: string): Promise<void> {
	await db.deleteFrom('feed').where('lane', '=', lane).where('name', '=', name).execute();
}

/** Whether one of a lane's feeds has more to be read with the room that is left. */
export async function isMoreLeft(db: Db, lane: string): Promise<boolean> {
	return (await feedsOf(db, lane)).some(({ more }) => more);
}

/** Whether every feed of a lane was read to its end in this run. */
export async function areFeedsDrained(db: Db, lane: string, run: string | null): Promise<boolean> {
	const feeds = await db.selectFrom('feed').select('drained_in').where('lane', '=', lane).execute();
	return feeds.length > 0 && feeds.every((feed) => feed.drained_in === run);
}

function thatFeed<Query extends { where(column: 'lane' | 'name', is: '=', value: string): Query }>(
	query: Query,
	lane: string,
	name: string,
): Query {
	return query.where('lane', '=', lane).where('name', '=', name);
}
