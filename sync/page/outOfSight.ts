import type { DynamicsTable, RecordItem } from '../items';
import { parkedByEmail, wakeByEmail } from '../ledger/help';
import { isOwed } from '../ledger/links';
import { subjectOf } from '../ledger/subject';
import { account, DONE } from './accounts';
import type { Page } from './page';

/**
 * R30: a row that a query leaves out is deleted, or the sync's user may not see it (any more). Dynamics tells the
 * two apart where a row is asked for by its own address.
 */

/** Rows that seem to be gone, by table: who said so. */
export type Missing = Map<DynamicsTable, Map<string, RecordItem['because']>>;

/** A row that was asked for did not come. */
export function noteMissing(
	missing: Missing,
	table: DynamicsTable,
	id: string,
	because: RecordItem['because'],
): void {
	missing.set(table, (missing.get(table) ?? new Map<string, typeof because>()).set(id, because));
}

/** Accounts for the rows that were not shown; what others have to say of them is kept until they are. */
export async function accountHidden(page: Page, due: string[]): Promise<void> {
	const { hidden, known, people, accounts, definition } = page;
	await wakeThoseInTheWay(page);
	for (const [subject, { code, reason, remedy }] of hidden) {
		const link = known.links.get(subject);
		const isWanted = link
			? ['active', 'secondary', 'creating', 'reserved'].includes(link.state) ||
				// R29: it has to follow its person, and nobody can see it.
				(link.state === 'goneInMarketo' && isOwed(link))
			: due.includes(subject);
		if (!isWanted) {
			await account(page, subject, undefined, DONE);
			continue;
		}
		const fate = { do: 'hidden', code, reason, remedy } as const;
		const person = link?.state === 'active' ? people.get(link.marketoId!) : undefined;
		await account(page, subject, person?.label, fate);
		if (!person || person.deleted) continue;
		accounts.withRow.add(person.id);
		accounts.unjudged.add(person.id);
		// What the two wait for stands with the row; nobody is to ask for the person at every round meanwhile.
		const own = subjectOf(definition.object, person.id);
		if (due.includes(own)) await account(page, own, undefined, DONE);
	}
}

/** R27: what nobody may see stands in nobody's way by its e-mail. */
async function wakeThoseInTheWay({ ledger, db, ref, hidden }: Page): Promise<void> {
	if (hidden.size === 0) return;
	for (const { subject, emailKey } of await parkedByEmail(db, ref.lane, [...hidden.keys()], []))
		await wakeByEmail(ledger, db, ref.lane, emailKey, subject);
}
