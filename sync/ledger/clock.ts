import type { Ledger } from './ledger';
import type { Db } from './schema';

/** Nothing waits longer by itself: a vendor's day, and a look at what is out of sight, are a day. */
const LONGEST_WAIT_MS = 25 * 3_600_000;
/** A call is over sooner. */
const LONGEST_CALL_MS = 3_600_000;
/** A claim, or a batch that is being worked on, has one or two. */
const LONGEST_LEASES = 4;

/**
 * R40: what a clock has set while it was ahead, by an hour or by years, waits no longer than it may once the clock is
 * right. By its indexes each of these finds nothing where nothing is to do.
 */
export async function cutWaits(
	{ clock, timing }: Pick<Ledger, 'clock' | 'timing'>,
	db: Db,
	lane: string,
): Promise<void> {
	const now = clock.now();
	const beyondWait = now + LONGEST_WAIT_MS;
	const beyondLease = now + LONGEST_LEASES * timing.lease;
	await db
		.updateTable('queue')
		.set({ due_at: now })
		.where('lane', '=', lane)
		.where('due_at', '>', beyondWait)
		.execute();
	await db
		.updateTable('request')
		.set({ due_at: now })
		.where('lane', '=', lane)
		.where('state', 'in', ['waiting', 'taken'])
		.where('due_at', '>', beyondWait)
		.execute();
	await db
		.updateTable('request')
		.set({ taken_until: now })
		.where('lane', '=', lane)
		.where('state', '=', 'taken')
		.where('taken_until', '>', beyondLease)
		.execute();
	await db
		.updateTable('chunk')
		.set({ due_at: now })
		.where('state', 'in', ['due', 'calling'])
		.where('due_at', '>', beyondWait)
		.execute();
	await db
		.updateTable('plan')
		.set({ over_at: now })
		.where('lane', '=', lane)
		.where('state', 'in', ['sent', 'unknown', 'echo'])
		.where('over_at', '>', now + LONGEST_CALL_MS)
		.execute();
	await db.deleteFrom('claim').where('expires_at', '>', beyondLease).execute();
}
