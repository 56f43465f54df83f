import { enqueue } from '../ledger/due';
import { linksNotMet } from '../ledger/links';
import { TABLES } from './readDynamics';
import type { Bookkeeping } from './feed';
import { linkSubject, type PageState } from './pageState';

/**
 * R32: after a new full read, links that it did not touch are candidates for a delete nobody announced.
 * Each is asked for by its own id before it counts as deleted (R30). Runs when the feed leaves the sweep.
 */
export async function closeFullReads(state: PageState, book: Bookkeeping): Promise<void> {
	for (const table of TABLES) {
		const step = book.steps.find((one) => one.feed === table);
		if (!step?.from) continue;
		const before = JSON.parse(step.from) as { phase: string; generation: number };
		const after = JSON.parse(step.to) as { phase: string };
		if (before.phase === 'delta' || after.phase !== 'delta' || before.generation < 2) continue;
		const unseen = await linksNotMet(state.db, state.ref.lane, table, before.generation);
		for (const link of unseen) {
			await enqueue(state.ledger, state.db, {
				subject: linkSubject(link),
				dueAt: state.now,
				code: 'confirm',
				reason: 'Not met in the full read',
				lane: state.ref.lane,
				run: state.ref.run,
			});
		}
	}
}
