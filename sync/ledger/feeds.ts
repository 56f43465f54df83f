import type { Db } from './schema';

/** Where a feed stands. */
export interface Feed {
	/** JSON; what it was made for is inside. Only who reads the feed reads it. */
	cursor: string;
	/** The run in which it was last read to its end. */
	drainedIn: string | null;
}

export async function feedOf(db: Db, lane: string, name: string): Promise<Feed | null> {
	const row = await thatFeed(
		db.selectFrom('feed').select(['cursor', 'drained_in']),
		lane,
		name,
	).executeTakeFirst();
	return row ? { cursor: row.cursor, drainedIn: row.drained_in } : null;
}

/** All feeds of a lane that were begun, in the order of their names. */
export async function feedsOf(db: Db, lane: string): Promise<Array<Feed & { name: string }>> {
	const rows = await db
		.selectFrom('feed')
		.select(['name', 'cursor', 'drained_in'])
		.where('lane', '=', lane)
		.orderBy('name')
		.execute();
	return rows.map(({ name, cursor, drained_in }) => ({ name, cursor, drainedIn: drained_in }));
}

/** R6: moves a feed's cursor if it still stands at `from` (null: there is none yet); false where it does not. */
export async function moveFeed(
	db: Db,
	lane: string,
	name: string,
	from: string | null,
	to: Feed,
): Promise<boolean> {
	if (((await feedOf(db, lane, name))?.cursor ?? null) !== from) return false;
	await setFeed(db, lane, name, to);
	return true;
}

export async function setFeed(
	db: Db,
	lane: string,
	name: string,
	{ cursor, drainedIn }: Feed,
): Promise<void> {
	const row = { lane, name, cursor, drained_in: drainedIn };
	await db
		.insertInto('feed')
		.values(row)
		.onConflict((c) => c.columns(['lane', 'name']).doUpdateSet(row))
		.execute();
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
