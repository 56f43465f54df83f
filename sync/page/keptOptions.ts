import type { PageOptions } from '../items';
import { metaValue, setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { Bookkeeping } from './feed';

/** Those that say who takes part (R54) and what merges do (R28): kept for who asks what a run would do, without its steps. */
export async function keepOptions(
	db: Db,
	lane: string,
	{ filter, whenMerged, whenPeopleMerged }: Bookkeeping,
): Promise<void> {
	await setMeta(db, inMeta(lane), JSON.stringify({ filter, whenMerged, whenPeopleMerged }));
}

/** What the last page of a lane was read with. */
export async function keptOptions(db: Db, lane: string): Promise<PageOptions> {
	return JSON.parse((await metaValue(db, inMeta(lane))) ?? '{}') as PageOptions;
}

const inMeta = (lane: string) => `options.${lane}`;
