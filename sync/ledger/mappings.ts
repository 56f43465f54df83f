import type { LaneMapping } from '../mapping';
import type { Db } from './schema';

/** The field mapping of a lane's last run, for whoever works without the node that holds it. */
export interface PinnedMapping {
	hash: string;
	mapping: LaneMapping;
}

export async function pinnedMapping(db: Db, lane: string): Promise<PinnedMapping | null> {
	const row = await db
		.selectFrom('mapping')
		.select(['hash', 'mapping'])
		.where('lane', '=', lane)
		.executeTakeFirst();
	return row ? { hash: row.hash, mapping: JSON.parse(row.mapping) as LaneMapping } : null;
}

export async function pinMapping(
	db: Db,
	lane: string,
	{ hash, mapping }: PinnedMapping,
	at: number,
): Promise<void> {
	const row = { lane, hash, mapping: JSON.stringify(mapping), at };
	await db
		.insertInto('mapping')
		.values(row)
		.onConflict((c) => c.column('lane').doUpdateSet(row))
		.execute();
}
