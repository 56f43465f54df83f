import type { PageOptions } from '../items';
import { metaValue } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { Bookkeeping } from './feed';
import { keepFact, type Page } from './page';

/** Those that say who takes part (R54) and what merges do (R28): kept for who asks what a run would do, without its steps. */
export async function keepOptions(
	page: Page,
	{ filter, whenMerged, whenPeopleMerged }: Bookkeeping,
): Promise<void> {
	const options = JSON.stringify({ filter, whenMerged, whenPeopleMerged });
	await keepFact(page, optionsIn(page.ref.lane), options);
}

/** What the last page of a lane was read with. */
export async function keptOptions(db: Db, lane: string): Promise<PageOptions> {
	return JSON.parse((await metaValue(db, optionsIn(lane))) ?? '{}') as PageOptions;
}

export const optionsIn = (lane: string) => `options.${lane}`;
