import { parkedUnlinked } from '../ledger/help';
import { linksNotMet } from '../ledger/links';
import { linkSubject } from '../ledger/subject';
import { account } from './accounts';
import type { Bookkeeping } from './feed';
import type { Page } from './page';

/**
 * R32: after a new full read, links that it did not touch are candidates for a delete nobody announced.
 * Each is asked for by its own id before it counts as deleted (R30). Runs when the feed leaves the sweep.
 */
export async function closeFullReads(page: Page, book: Bookkeeping): Promise<void> {
	for (const { name: table } of page.definition.tables) {
		const step = book.steps.find((one) => one.feed === table);
		if (!step?.from || !step.to) continue;
		const before = JSON.parse(step.from) as { phase: string; generation: number };
		const after = JSON.parse(step.to) as { phase: string };
		if (before.phase === 'delta' || after.phase !== 'delta' || before.generation < 2) continue;
		const unseen = await linksNotMet(page.db, page.ref.lane, table, before.generation);
		// What was parked and never linked has no mark of the read: it is asked for as well.
		const parked = await parkedUnlinked(page.db, page.ref.lane, table);
		for (const subject of [...unseen.map(linkSubject), ...parked]) {
			await account(page, subject, undefined, {
				do: 'wait',
				until: page.now,
				code: 'confirm',
				reason: 'Not met in the full read',
			});
		}
	}
}
