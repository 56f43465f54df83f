import { setOnce, type Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';

/**
 * What somebody outside the ledger remembers of it (R42): its id and how often a page was committed. A
 * ledger that is behind that was lost or restored from a backup.
 */
export interface Witness {
	ledger: string;
	commits: number;
}

const COMMITS = 'commits';

export async function witnessOf(ledger: Ledger): Promise<Witness> {
	const row = await ledger.db.selectFrom('meta').select('value').where('name', '=', COMMITS).executeTakeFirst();
	return { ledger: ledger.id, commits: Number(row?.value ?? 0) };
}

/** Counts one more committed page; part of the page's transaction. */
export async function countCommit(db: Db): Promise<void> {
	const before = Number(await setOnce(db, COMMITS, '0'));
	await db.updateTable('meta').set({ value: String(before + 1) }).where('name', '=', COMMITS).execute();
}

/** Behind only: a ledger that is ahead of its witness is the usual case after a crash. */
export function isBehind(present: Witness, remembered: Partial<Witness> | undefined): boolean {
	return remembered?.commits !== undefined && present.commits < remembered.commits;
}

/** Stops the lane until a person has decided. */
export async function stopBecauseBehind(ledger: Ledger, lane: string, present: Witness, remembered: Partial<Witness>): Promise<void> {
	const what = present.ledger === remembered.ledger ? 'an older copy of it was put back' : 'it was lost or replaced';
	const stopped = `The sync's ledger is behind what this workflow remembers: ${what}. Edits made since may count as conflicts. Put the newer file back, or choose Adopt Present State and then Resume in the Marketo Dynamics Sync node`;
	await ledger.db.updateTable('lane').set({ stopped }).where('name', '=', lane).execute();
}
