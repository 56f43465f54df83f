import type { RecordItem } from '../items';
import { claimedNow } from '../ledger/claims';
import { recordSubject } from '../ledger/subject';
import type { Fate } from './accounts';
import type { Page } from './page';
import { isReserved } from './reserved';

/**
 * R4, R24: people whom the log tells something of while whoever links them, or makes a row for them, is at work with what it
 * has read of them before. The page that meets the two as linked judges that. Nobody comes back to a row that was given up
 * (R20).
 */
export async function peopleBeingLinked(page: Page): Promise<Set<string>> {
	const { ledger, db, people, known } = page;
	const open = [...people.values()].filter(
		({ id, deleted, edits }) => edits?.length && !deleted && !known.partners.has(id),
	);
	const claimed = await claimedNow(ledger, db, open.map(recordSubject));
	const isAtWork = (person: RecordItem) =>
		isReserved(page, known.reserved.get(person.id)) || claimed.has(recordSubject(person));
	return new Set(open.filter(isAtWork).map(({ id }) => id));
}

/** What the log tells of such a person is kept. */
export function waitsToBeLinked({ now, ledger }: Page): Fate {
	const reason = 'The person is being linked with a record of Dynamics';
	const until = now + ledger.timing.lease;
	return { do: 'wait', until, code: 'reserved', reason, unjudged: true };
}
