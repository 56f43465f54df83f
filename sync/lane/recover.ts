import type { Ledger } from '../ledger/ledger';
import { enqueue } from '../ledger/queue';
import type { Db } from '../ledger/schema';
import { subjectOf } from '../ledger/subject';

/**
 * What a closed page left behind (R1, R15): plans that were never sent are dropped and their records
 * are due again; plans that were sent without an answer are unknown, and are judged by reading, in
 * Marketo not before the call's time-out and a grace have passed (R17). Returns how many were never sent.
 */
export async function recoverPlans(ledger: Ledger, db: Db, run: string, why?: string): Promise<number> {
	const left = await db
		.selectFrom('plan')
		.innerJoin('link', 'link.id', 'plan.link')
		.select(['plan.id', 'plan.state', 'plan.side', 'plan.operation', 'plan.over_at', 'link.table_name', 'link.dynamics_id', 'link.state as link_state', 'link.id as link'])
		.where('plan.state', 'in', ['planned', 'sent'])
		.execute();
	const now = ledger.clock.now();
	for (const plan of left) {
		const wasSent = plan.state === 'sent';
		const waits = wasSent ? ledger.timing.unansweredGrace : 0;
		if (wasSent) {
			await db.updateTable('plan').set({ state: 'unknown' }).where('id', '=', plan.id).execute();
		} else {
			await db.deleteFrom('plan').where('id', '=', plan.id).execute();
			if (plan.link_state === 'creating') await dropUnmadeLink(db, plan.link);
		}
		await enqueue(ledger, db, {
			subject: subjectOf(plan.table_name, plan.dynamics_id),
			dueAt: (plan.over_at ?? now) + waits,
			code: wasSent ? 'unanswered' : 'notReached',
			reason: wasSent ? 'A write was not answered' : (why ?? 'The page ended before this record was written'),
			run,
		});
	}
	return left.filter((plan) => plan.state === 'planned').length;
}

/** A person that was to be made, and whose creation was never sent, is not there: forget the link. */
async function dropUnmadeLink(db: Db, link: number) {
	const others = await db.selectFrom('plan').select('id').where('link', '=', link).limit(1).executeTakeFirst();
	if (!others) await db.deleteFrom('link').where('id', '=', link).where('marketo_id', 'is', null).execute();
}
