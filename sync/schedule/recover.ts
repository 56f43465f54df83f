import type { Ledger } from '../ledger/ledger';
import { enqueue, NOT_REACHED, UNANSWERED, type InRun } from '../ledger/due';
import { dropLink, linksById, type Link } from '../ledger/links';
import { comesFirst, dropPlans, leftBehind, plansOfLinks, takeBackSent } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import { subjectOf } from '../ledger/subject';

/**
 * What a closed page of a lane left behind (R1, R15, R52): plans that were never sent are dropped and their records
 * are due again; plans that were sent without an answer are unknown, and are judged by reading, in
 * Marketo not before the call's time-out and a grace have passed (R17). Returns how many were never sent.
 */
export async function recoverPlans(
	ledger: Ledger,
	db: Db,
	{ lane, run }: InRun,
	why?: string,
): Promise<number> {
	const left = await leftBehind(db, lane);
	const links = await linksById(
		db,
		left.map(({ link }) => link),
	);
	const now = ledger.clock.now();
	for (const plan of left) {
		const link = links.get(plan.link);
		if (!link) continue;
		const wasSent = plan.state === 'sent';
		const waits = wasSent ? ledger.timing.unansweredGrace : 0;
		if (wasSent) {
			await takeBackSent(db, plan.id, 'unknown');
		} else {
			await dropPlans(db, [plan.id]);
			if (link.state === 'creating') await dropUnmadeLink(db, link);
		}
		await enqueue(ledger, db, {
			subject: subjectOf(link.table, link.dynamicsId),
			dueAt: (plan.overAt ?? now) + waits,
			code: wasSent ? UNANSWERED : NOT_REACHED,
			reason: wasSent
				? 'A write was not answered'
				: (why ?? 'The page ended before this record was written'),
			comesFirst: comesFirst(plan),
			lane,
			run,
		});
	}
	return left.filter((plan) => plan.state === 'planned').length;
}

/** A person that was to be made, and whose creation was never sent, is not there: forget the link. */
async function dropUnmadeLink(db: Db, link: Link) {
	const others = await plansOfLinks(db, [link.id]);
	if (others.size === 0 && link.marketoId === null) await dropLink(db, link, 'creating');
}
