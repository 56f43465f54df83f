import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable } from '../items';
import { changeLink, type Link } from '../ledger/links';
import { dropPlansOf } from '../ledger/plans';
import { linkSubject } from '../ledger/subject';
import { account, DONE, type Fate } from './accounts';
import type { Page } from './page';

/** R27: whose row is the partner, where a person could have one of each. */
export function isBefore(
	{ definition: { tables } }: Page,
	one: DynamicsTable,
	other: DynamicsTable,
): boolean {
	const rank = (table: DynamicsTable) => tables.findIndex(({ name }) => name === table);
	return rank(one) < rank(other);
}

/**
 * Another row is the partner of its person from now on: a contact, or an active row in place of an inactive one.
 * What is said of it depends on whether it is active itself: it is looked at by itself (R27, R49).
 */
export async function becomeSecondary(page: Page, partner: Link): Promise<void> {
	await changeLink(page.db, partner, { state: 'secondary', updatedAt: page.now });
	await dropWrites(page, partner);
	const reason = 'Its person is linked with another record now';
	const look = { do: 'wait', until: page.now, code: 'secondary', reason } as const;
	await account(page, linkSubject(partner), undefined, partner.isInactive ? DONE : look);
}

/** R15: nobody will see whether a write has arrived of a row that stands behind another one. */
export async function dropWrites({ db, known }: Page, { id }: Link): Promise<void> {
	known.plans.delete(id);
	await dropPlansOf(db, id, ['planned', 'unknown', 'echo']);
}

export function behind(partner: string, emailKey: Fingerprint | null): Fate {
	return {
		do: 'help',
		code: 'secondary',
		reason: `A contact with the same e-mail (${partner}) is linked with this person; this lead is not synced`,
		remedy: 'Qualify or merge the lead in Dynamics, or correct its e-mail',
		emailKey,
	};
}

/** The partner of a row's person, where that is another row of the same table: their people were merged. */
export function twinOf({ known }: Page, link: Link): Link | undefined {
	if (link.state !== 'secondary' || !link.marketoId) return undefined;
	const partner = known.partners.get(link.marketoId);
	return partner?.table === link.table ? partner : undefined;
}

/** Two people were merged in Marketo, and their two rows in Dynamics were not. */
export function twoRowsOnePerson(page: Page, link: Link, partner: string): Fate {
	const person = page.people.get(link.marketoId!)?.label ?? link.marketoId;
	return {
		do: 'help',
		code: 'twoRowsOnePerson',
		reason: `Its person was merged in Marketo into ${person} (${link.marketoId}), who belongs to another ${link.table} in Dynamics (${partner})`,
		remedy: `Merge the two ${link.table}s in Dynamics, or give this one another e-mail`,
		emailKey: link.emailKey,
	};
}
