import { sql } from 'kysely';
import type { Db } from './schema';

/** What the ledger knows of itself, by name; undefined while it was never set. */
export async function metaValue(db: Db, name: string): Promise<string | undefined> {
	const row = await db
		.selectFrom('meta')
		.select('value')
		.where('name', '=', name)
		.executeTakeFirst();
	return row?.value;
}

export async function metaValues(db: Db, names: string[]): Promise<Map<string, string>> {
	const rows = await db.selectFrom('meta').selectAll().where('name', 'in', names).execute();
	return new Map(rows.map(({ name, value }) => [name, value]));
}

/** A value of the ledger that is set the first time it is asked for. */
export async function setOnce(db: Db, name: string, value: string): Promise<string> {
	await db
		.insertInto('meta')
		.values({ name, value })
		.onConflict((c) => c.column('name').doNothing())
		.execute();
	return (await metaValue(db, name))!;
}

export async function setMeta(db: Db, name: string, value: string): Promise<void> {
	await db
		.insertInto('meta')
		.values({ name, value })
		.onConflict((c) => c.column('name').doUpdateSet({ value }))
		.execute();
}

/** Adds one to a number; from none at all. */
export async function countUp(db: Db, name: string): Promise<void> {
	const more = sql<string>`cast(cast(${sql.ref('meta.value')} as integer) + 1 as text)`;
	await db
		.insertInto('meta')
		.values({ name, value: '1' })
		.onConflict((c) => c.column('name').doUpdateSet({ value: more }))
		.execute();
}

export async function dropMeta(db: Db, name: string): Promise<void> {
	await db.deleteFrom('meta').where('name', '=', name).execute();
}
