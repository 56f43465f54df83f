import { changeLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countUp, dropMeta, metaValue, setMeta, setOnce } from '../ledger/meta';
import type { Db } from '../ledger/schema';

/**
 * What somebody outside the ledger remembers of it (R42): its id and how often a page was committed. A
 * ledger that is behind that was lost or restored from a backup.
 */
export interface Witness {
	ledger: string;
	commits: number;
}

/** Kept since the first page was taken in. */
export const COMMITS = 'commits';

export async function witnessOf(ledger: Ledger): Promise<Witness> {
	return { ledger: ledger.id, commits: await commitsOf(ledger.db) };
}

/** How often a page was committed. */
export async function commitsOf(db: Db): Promise<number> {
	return Number((await metaValue(db, COMMITS)) ?? 0);
}

/** The same of a ledger that may itself be behind already: how far the furthest was. */
export async function rememberedOf({ id }: Ledger, db: Db): Promise<Witness> {
	const [commits, before] = [await metaValue(db, COMMITS), await metaValue(db, REMEMBERED)];
	return { ledger: id, commits: Math.max(Number(commits ?? 0), Number(before ?? 0)) };
}

/** Counts one more committed page; part of the page's transaction. */
export async function countCommit(db: Db): Promise<void> {
	await countUp(db, COMMITS);
}

/** Whether any page was ever taken into the ledger: before that it holds no id and no position of any system. */
export async function hasCommitted(db: Db): Promise<boolean> {
	return (await metaValue(db, COMMITS)) !== undefined;
}

/** Behind only: a ledger that is ahead of its witness is the usual case after a crash. */
export function isBehind(present: Witness, remembered: Partial<Witness> | undefined): boolean {
	return remembered?.commits !== undefined && present.commits < remembered.commits;
}

/** How every stop of this kind begins: the status shows it, *Adopt Present State* lifts it. */
const BEHIND = "The sync's ledger is behind what this workflow remembers";
/** How far the ledger had been when it was found behind. */
const REMEMBERED = 'commits.remembered';

/** Stops the lane until a person has decided. */
export async function stopBecauseBehind(
	ledger: Ledger,
	lane: string,
	present: Witness,
	remembered: Partial<Witness>,
): Promise<void> {
	const what =
		present.ledger === remembered.ledger
			? 'an older copy of it was restored'
			: 'it was lost or replaced';
	const stopped = `${BEHIND}: ${what}. Edits made since may count as conflicts. Put the newer file back, or choose Adopt Present State in the Marketo Dynamics Sync node`;
	await ledger.db.transaction().execute(async (db) => {
		await openLane(db, lane, ledger.clock.now());
		await changeLane(db, lane, { stopped });
		await setMeta(db, REMEMBERED, String(remembered.commits ?? 0));
	});
}

export function isWitnessStop(stopped: string | null): boolean {
	return stopped?.startsWith(BEHIND) ?? false;
}

/** A person has taken the ledger as it is: it counts on from where the workflow remembers it, and is behind no more. */
export async function trustAgain(db: Db): Promise<void> {
	const remembered = await metaValue(db, REMEMBERED);
	if (remembered === undefined) return;
	const present = Number(await setOnce(db, COMMITS, '0'));
	await setMeta(db, COMMITS, String(Math.max(present, Number(remembered))));
	await dropMeta(db, REMEMBERED);
}
