import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import { baseOf } from '../ledger/bases';
import { claimKey } from '../ledger/claims';
import { dueOfSubjects } from '../ledger/due';
import {
	apart,
	basesOf,
	copiedBases,
	changeLink,
	isOwed,
	unlinked,
	type Link,
	type LinkChange,
} from '../ledger/links';
import { dropPlansOf, type Plan } from '../ledger/plans';
import { linkSubject, recordSubject, subjectOf } from '../ledger/subject';
import { account, DONE, WRITE, type Fate } from './accounts';
import { isEditedByUser, wasAskedFor } from './comeBack';
import { saysNothing } from './decide';
import { emailKeyOf, type Page } from './page';
import { asHeld, planWrite } from './plan';
import { qualifiedAs } from './qualified';
import { isInactive } from './standing';
import { tableOf } from './tables';
import { loseUnanswered, ofBoth, tombstone } from './tombstones';
import { unansweredTooYoung } from './unanswered';

/**
 * R29, by choice: what is deleted in one system is followed in the other one. A person goes with their row; a row is
 * unlinked, deactivated or deleted with its person. Nothing follows before all deletes of the run are counted (R35), and
 * an edit of what is to follow wins: nobody deletes what somebody has just worked on.
 */

/** Nothing is left to link: the tombstone says no more than that there was a row. */
export const endOfBoth = (updatedAt: number): LinkChange => ({
	...unlinked(updatedAt),
	state: 'goneInDynamics',
	version: null,
});

/**
 * The row is deleted, and its person is to follow. What was sent to them and is not confirmed stays known as such, so that an
 * edit of theirs can be told from it; where nobody knows what became of a write it is lost.
 */
export async function tombstoneOwing(page: Page, link: Link): Promise<void> {
	const { ledger, known } = page;
	const bases = copiedBases(ledger, link);
	loseUnanswered(bases, known.plans.get(link.id) ?? []);
	const isPartner = link.state === 'active';
	await tombstone(page, link, 'goneInDynamics', bases);
	if (isPartner && link.marketoId) await changeLink(page.db, link, { deletion: 'counting' });
	else await keepTombstone(page, link);
}

/** The person does not follow after all, and should the row be restored, the two go on where they stopped. */
export async function keepTombstone(page: Page, link: Link): Promise<void> {
	await changeLink(page.db, link, { deletion: null, bases: ofBoth(page, link) });
}

/** The person of a row that was deleted, once the page knows whose they are. Null: they are not to follow (any more). */
export async function personFollows(
	page: Page,
	link: Link,
	row: RecordItem,
	person: RecordItem,
): Promise<Fate | null> {
	const { db, ledger, known, now, isAllRead } = page;
	if (!link.deletion) return null;
	if (tableOf(page, link.table).mapping.whenRowDeleted !== 'delete') {
		await keepTombstone(page, link);
		return null;
	}
	const others = [...known.links.values()].filter(
		(one) => one.id !== link.id && one.marketoId === person.id && IN_USE.includes(one.state),
	);
	// R27: who stood behind it is looked at first, and may take its place.
	const isBehind = others.every(({ state }) => state === 'secondary');
	if (others.length > 0 && !(isBehind && now < link.updatedAt + ledger.timing.retry)) {
		await keepTombstone(page, link);
		return DONE;
	}
	if (others.length > 0 || !(isAllRead || link.deletion === 'counted'))
		return COUNTING(
			Math.max(
				now + ledger.timing.fresh,
				others.length > 0 ? link.updatedAt + ledger.timing.retry : 0,
			),
		);
	if (isEdited(page, link, person) && !(await wasAskedFor(page, row))) return EDITED;
	// R24: no campaign makes a row for them at this moment.
	if (!(await claimKey(ledger, db, subjectOf('person', person.id), linkSubject(link))))
		return COUNTING(now + ledger.timing.fresh);
	await dropPlansOf(db, link.id, ['planned', 'unknown']);
	await planWrite(page, {
		link,
		side: 'marketo',
		operation: 'delete',
		table: page.definition.object,
		id: person.id,
		label: person.label,
		changedAt: null,
		version: null,
		fields: asHeld(page, link, person, 'Deleted in Dynamics'),
		shown: {},
	});
	page.out.counts.toMarketo++;
	return WRITE;
}

/** Somebody of Dynamics has this person, or is about to. */
export const IN_USE: ReadonlyArray<Link['state']> = [
	'active',
	'creating',
	'reserved',
	'secondary',
	'leftOut',
];

const COUNTING = (until: number): Fate => ({
	do: 'wait',
	until,
	code: 'deleted',
	reason: 'All deletes of the run are counted before anything is done to the other record',
});

const EDITED: Fate = {
	do: 'help',
	code: 'editedBeforeDelete',
	reason:
		'It was deleted in Dynamics, but its person has values in Marketo that Dynamics never got; the person was not deleted',
	remedy: 'Choose Retry to delete the person anyway, or Unlink to keep the person',
	emailKey: null,
};

/** Whether a person holds what the row never got: an edit, what was never compared, or what nobody can tell from one. */
function isEdited(page: Page, link: Link, { values }: RecordItem): boolean {
	const { key } = page.ledger;
	const bases = basesOf(page.ledger, link, 'marketo');
	return tableOf(page, link.table).live.some(({ row, field }) => {
		const value = values[row.field];
		if (row.direction === 'toMarketo' || value === undefined) return false;
		const base = baseOf(bases, row.field);
		if (base) return base.hash !== fingerprintOf(key, field, 'marketo', value);
		return bases.get(row.field)?.kind === 'lost' || !saysNothing(field, 'marketo', value);
	});
}

/** The person is gone in Marketo, and it was us who deleted them: nothing is left to be done, unless the row is there again. */
export async function wasOurDelete(page: Page, link: Link): Promise<boolean> {
	const plans = page.known.plans.get(link.id) ?? [];
	const isSent = ({ side, operation, state }: Plan) =>
		side === 'marketo' && operation === 'delete' && state !== 'planned';
	if (!plans.some(isSent)) return false;
	await dropPlansOf(page.db, link.id, ['planned', 'unknown']);
	page.known.plans.delete(link.id);
	const isThere = link.state !== 'goneInDynamics';
	await changeLink(page.db, link, isThere ? unlinked(page.now) : endOfBoth(page.now));
	const reason = 'The record was restored in Dynamics after its person had been deleted with it';
	if (isThere)
		await account(page, linkSubject(link), undefined, {
			do: 'wait',
			until: page.now,
			code: 'restored',
			reason,
		});
	return true;
}

/** The row of a person who was deleted is gone, too: by us, as was to be, or by somebody who wants neither back. */
export async function endBoth({ db, known, now }: Page, link: Link): Promise<void> {
	const isOurs = (known.plans.get(link.id) ?? []).some(
		({ side, operation, state }) =>
			side === 'dynamics' && operation === 'delete' && state !== 'planned',
	);
	await changeLink(db, link, isOurs ? endOfBoth(now) : { deletion: null });
}

/** The person is deleted, and its row may have to follow: it is read once the log has told whether they were merged (R28). */
export async function rowFollows(page: Page, link: Link): Promise<void> {
	if (!tableOf(page, link.table).mapping.whenPersonDeleted) return;
	await changeLink(page.db, link, { deletion: 'counting' });
	await account(page, linkSubject(link), undefined, COUNTING(certainAt(page, link)));
}

/** R34: the delete of somebody who was merged may be logged before the merge. */
function certainAt({ log }: Page, { updatedAt }: Link): number {
	return updatedAt + log.overlap;
}

/** The row of a person who was deleted. Null: it is not to follow (any more), or a user's edit wins. */
export async function rowOfDeleted(page: Page, link: Link, row: RecordItem): Promise<Fate | null> {
	const { db, ledger, known, log, now, definition } = page;
	if (!isOwed(link)) return null;
	const table = tableOf(page, link.table);
	const choice = table.mapping.whenPersonDeleted;
	const seen = { version: row.version ?? null };
	if (!choice) {
		await changeLink(db, link, { deletion: null });
		return null;
	}
	const isWanted =
		(await isAskedAfresh(page, row)) || (choice !== 'unlink' && isEditedByUser(page, link, row));
	if (isWanted) {
		await changeLink(db, link, { deletion: null });
		return null;
	}
	const plans = known.plans.get(link.id) ?? [];
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	const isCounted = page.isAllRead || link.deletion === 'counted';
	if (!isCounted || link.updatedAt > log.certainTo)
		return COUNTING(Math.max(now + ledger.timing.fresh, certainAt(page, link)));
	await dropPlansOf(db, link.id, ['planned', 'unknown']);
	if (choice === 'unlink') {
		await changeLink(db, link, { ...apart(link, now), ...seen });
		return DONE;
	}
	// R49: what became of a qualified lead is its contact's story; and what is closed need not be closed.
	if (qualifiedAs(definition, row) || (choice === 'deactivate' && isInactive(page, row))) {
		await changeLink(db, link, {
			deletion: choice === 'deactivate' ? 'deactivated' : null,
			isInactive: true,
		});
		return null;
	}
	// R24: no campaign links it with somebody of its e-mail at this moment.
	const mailbox = emailKeyOf(page, row);
	if (mailbox && !(await claimKey(ledger, db, `email:${mailbox}`, linkSubject(link))))
		return COUNTING(now + ledger.timing.fresh);
	await planWrite(page, {
		link,
		side: 'dynamics',
		operation: choice,
		table: link.table,
		id: row.id,
		label: row.label,
		changedAt: null,
		version: row.version ?? null,
		fields: new Map(),
		shown: {},
	});
	page.out.counts.toDynamics++;
	return WRITE;
}

/** A person wants it synced; of a delete that needs help they want that tried again. */
async function isAskedAfresh(page: Page, row: RecordItem): Promise<boolean> {
	if (!(await wasAskedFor(page, row))) return false;
	const [due] = await dueOfSubjects(page.db, page.ref.lane, [recordSubject(row)]);
	return due?.state !== 'help';
}

/** What a link is once what was to follow is done in that system. */
export function followed(
	operation: 'delete' | 'deactivate',
	{ state }: Link,
	now: number,
): LinkChange {
	// R45: of the row as we have saved it only that is known.
	if (operation === 'deactivate')
		return { deletion: 'deactivated', isInactive: true, version: null };
	// One that was restored while its person was being deleted is matched anew.
	return state === 'active' ? unlinked(now) : endOfBoth(now);
}

/** The state that says of a row that it was deactivated. */
export function deactivation(
	definition: LaneDefinition,
	{ table }: Pick<Link, 'table'>,
): Record<string, number> {
	const { deactivated = 1 } = definition.tables.find(({ name }) => name === table)!;
	return { [twoWayOf(definition).standing.state]: deactivated };
}
