import type { Fingerprint } from '../fingerprint';
import type { RecordItem, Side } from '../items';
import { enqueue, settleSubjects, takenInHand } from '../ledger/due';
import { failureIsOver, retryLater } from '../ledger/failures';
import { needsHelp } from '../ledger/help';
import { forgetEditsOf, keepEditsOf } from '../ledger/edits';
import type { Link } from '../ledger/links';
import { linkSubject, recordSubject } from '../ledger/subject';
import { NO_ACCESS } from '../ports';
import type { Page } from './page';
import { waitForSight } from './waitForSight';

/** What became of a record in this page. */
export type Fate =
	/** In order: nothing is left to be done. */
	| { do: 'done' }
	/** A write of it goes out with this page; `over`: whatever failed in that system, nothing is to be written there any more. */
	| { do: 'write'; over?: Side }
	/** Looked at again at a time that is known. `unjudged`: nothing was decided from what the log told of the person. */
	| { do: 'wait'; until: number; code: string; reason: string; unjudged?: boolean }
	/** What may pass: tried again later and later, a bounded number of times (R46). */
	| { do: 'retry'; code: string; reason: string; remedy: string; unjudged?: boolean }
	/** Nobody is guessed at: a person has to look. */
	| { do: 'help'; code: string; reason: string; remedy: string; emailKey: Fingerprint | null }
	/** The sync's user may not see the row (any more): a person has to look, and so does the sync, now and then (R30). */
	| { do: 'hidden'; code: string; reason: string; remedy: string }
	/** What the ledger has of it is as it should be. */
	| { do: 'stand' };

export const DONE: Fate = { do: 'done' };
export const WRITE = { do: 'write' } as const;
export const STAND: Fate = { do: 'stand' };
/** R30: who is not found may just not have been reported as deleted yet. */
export const NO_PERSON = {
	do: 'retry',
	code: 'personMissing',
	reason: 'The person was not found in Marketo',
	remedy: 'If it was merged in Marketo, choose Forget for this record, so that it is matched again',
} as const;

/** The fates of a page's records, as far as they are told to the ledger together. */
export interface Accounts {
	done: string[];
	written: string[];
	/** Of these, by system, to whom nothing is to be written there any more (R46). */
	over: Record<Side, string[]>;
	/** People who were looked at together with a row. */
	withRow: Set<string>;
	/** People who could not be judged in this page: what the log told of them is kept for the next. */
	unjudged: Set<string>;
	/** People of whom something was kept before. */
	withKeptEdits: Set<string>;
}

/** Accounts for one record (R4): every record of a page ends here. */
export async function account(
	page: Page,
	subject: string,
	label: string | undefined,
	fate: Fate,
): Promise<void> {
	const { ledger, db, ref, accounts } = page;
	const about = { subject, lane: ref.lane, run: ref.run, label };
	switch (fate.do) {
		case 'done':
			accounts.done.push(subject);
			return;
		case 'write':
			accounts.written.push(subject);
			if (fate.over) accounts.over[fate.over].push(subject);
			return;
		case 'wait': {
			const { until, code, reason } = fate;
			await enqueue(ledger, db, { ...about, dueAt: until, code, reason });
			return;
		}
		case 'retry': {
			const { code, reason, remedy } = fate;
			await retryLater(ledger, db, { ...about, code, reason, remedy });
			return;
		}
		case 'help': {
			const { code, reason, remedy, emailKey } = fate;
			if (await needsHelp(ledger, db, { ...about, code, reason, remedy, emailKey }))
				page.out.counts.needHelp++;
			return;
		}
		case 'hidden': {
			const { code, reason, remedy } = fate;
			if (await waitForSight(ledger, db, { ...about, code, reason, remedy }))
				page.out.counts.needHelp++;
			return;
		}
		case 'stand':
	}
}

/** Accounts for a row and its person, who were looked at together. */
export async function accountPair(
	page: Page,
	link: Link,
	person: RecordItem,
	label: string,
	fate: Fate,
): Promise<void> {
	page.accounts.withRow.add(person.id);
	await account(page, linkSubject(link), label, fate);
	// What the two wait for stands with the row; the person stays due where it was.
	if (fate.do === 'done' || fate.do === 'write')
		await account(page, recordSubject(person), undefined, fate);
	noteUnjudged(page, person, fate);
}

/** What the log told of a person is kept until somebody has decided from it. */
export function noteUnjudged({ accounts }: Page, person: RecordItem, fate: Fate): void {
	if ((fate.do === 'wait' || fate.do === 'retry') && fate.unjudged)
		accounts.unjudged.add(person.id);
}

/** Tells the ledger what all records of the page have in common. */
export async function closeAccounts(page: Page): Promise<void> {
	const { db, ref, people, accounts } = page;
	const { done, written, unjudged, withKeptEdits } = accounts;
	await forgetEditsOf(
		db,
		ref.lane,
		[...withKeptEdits].filter((person) => !unjudged.has(person)),
	);
	for (const person of unjudged)
		await keepEditsOf(db, ref.lane, person, people.get(person)?.edits ?? []);
	for (const [subjects, settle] of [
		[done, settleSubjects],
		[written, takenInHand],
	] as const) {
		const asked = subjects.filter((subject) => wasAskedFor(page, subject));
		const others = subjects.filter((subject) => !wasAskedFor(page, subject));
		await settle(db, ref.lane, asked);
		await settle(db, ref.lane, others, NO_ACCESS);
	}
	for (const side of ['dynamics', 'marketo'] as const)
		await failureIsOver(db, ref.lane, accounts.over[side], side);
}

/** R30: of a row that nobody asked for in this page nobody knows whether it is in sight again, whatever was decided with its person. */
function wasAskedFor({ came, hidden }: Page, subject: string): boolean {
	return came.has(subject) || hidden.has(subject);
}
