import { enqueue, UNANSWERED } from '../ledger/due';
import { changeLaneInRun } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { takeBackSent } from '../ledger/plans';
import { linkSubject } from '../ledger/subject';
import { ComeBackLater, SetUpProblem } from '../ports';
import type { PageRef } from '../schedule/token';
import type { Claimed } from './claim';

/** The call did not happen (quota, set-up): the plans were not sent after all, and the lane waits. */
export async function giveBack(
	ledger: Ledger,
	ref: PageRef,
	granted: Claimed[],
	error: unknown,
): Promise<string> {
	const known = error instanceof ComeBackLater || error instanceof SetUpProblem;
	await ledger.db.transaction().execute(async (db) => {
		for (const one of granted) {
			const state = known ? 'planned' : 'unknown';
			await takeBackSent(db, one.plan.id, state);
			if (known) continue;
			await enqueue(ledger, db, {
				lane: ref.lane,
				subject: linkSubject(one.link),
				dueAt: ledger.clock.now() + ledger.timing.unansweredGrace,
				code: UNANSWERED,
				reason: messageOf(error),
				run: ref.run,
				label: one.item.label,
			});
		}
	});
	if (known) await waitFor(ledger, ref, error);
	else throw error;
	return messageOf(error);
}

/** The lane says when and why it goes on (R40). */
export async function waitFor(
	ledger: Ledger,
	ref: PageRef,
	error: ComeBackLater | SetUpProblem,
): Promise<void> {
	const pause = error instanceof ComeBackLater ? error.afterMs : ledger.timing.retry;
	const until = ledger.clock.now() + pause;
	const words = error instanceof SetUpProblem ? `${error.message}. ${error.remedy}` : error.message;
	await changeLaneInRun(ledger.db, ref.lane, ref.run, { waitingFor: words, nextDue: until });
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
