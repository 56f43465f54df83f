import { enqueue } from '../ledger/due';
import { rowsNotEchoed } from '../ledger/plans';
import type { Page } from './page';

/** Handed out with the next page, which takes as many. */
const AT_ONCE = 300;

/**
 * R48: Marketo answers "updated" also where it keeps its value, and then logs nothing. What its log should have
 * shown by now is looked at once.
 */
export async function lookAtNotEchoed({ ledger, db, ref, now, log }: Page): Promise<void> {
	const subjects = await rowsNotEchoed(db, ref.lane, log.certainTo, AT_ONCE);
	for (const subject of subjects)
		await enqueue(ledger, db, {
			lane: ref.lane,
			subject,
			dueAt: now,
			code: 'notEchoed',
			reason: 'Marketo never logged a write',
			run: ref.run,
		});
}
