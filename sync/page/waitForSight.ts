import { dueOfSubjects, enqueue } from '../ledger/due';
import { needsHelp, type NewHelp } from '../ledger/help';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';

/** Pauses between two looks at what is out of sight, in first pauses of a failure: an hour, and a day. */
const [SHORTEST, LONGEST] = [12, 288];

/** Milliseconds until what is out of sight is looked for again for the first time. */
export function firstLook({ timing }: Pick<Ledger, 'timing'>): number {
	return SHORTEST * timing.retry;
}

/** R30: a record out of sight needs help, and is looked at again after as long as it has been so. Returns true when it is news. */
export async function waitForSight(ledger: Ledger, db: Db, help: NewHelp): Promise<boolean> {
	const [before] = await dueOfSubjects(db, help.lane, [help.subject]);
	const since = before?.state === 'help' && before.code === help.code ? before.since : Infinity;
	const now = ledger.clock.now();
	const pause = Math.max(firstLook(ledger), now - since);
	const isNews = await needsHelp(ledger, db, { ...help, side: 'dynamics' });
	const dueAt = now + Math.min(pause, LONGEST * ledger.timing.retry);
	await enqueue(ledger, db, { ...help, dueAt });
	return isNews;
}
