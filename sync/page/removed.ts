import { enqueue } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { changeLink, linksOfKeys, linksOfPeople, noBases, type Link } from '../ledger/links';
import { dropPlansOf, type Plan } from '../ledger/plans';
import type { Db, LinkState } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
import { isByKey } from '../ports';
import { DONE, WRITE, type Fate } from './accounts';
import { tombstone } from './tombstones';
import type { Page } from './page';
import { noteRequired } from './parents';
import { MARK, KEY, own, planWrite, type DraftField } from './plan';
import { tableOf } from './tables';
import { unansweredTooYoung } from './unanswered';

/**
 * What becomes of a record of a lane that goes one way when its row is deleted: by choice it stays, goes as well, or
 * says so in a field. One that is nothing without its row, such as an opportunity role, always goes.
 */

/** A row that was deleted in Dynamics. */
export async function rowDeleted(
	page: Page,
	link: Link,
	label: string,
	plans: Plan[],
): Promise<Fate> {
	await noteRequired(page, linkSubject(link), []);
	// R17: a write that has no answer yet may make the record once more.
	return unansweredTooYoung(page, plans) ?? (await rowGone(page, link, label));
}

/** A row that was deleted, or stands for nothing any more. */
export async function rowGone(page: Page, link: Link, label: string): Promise<Fate> {
	const wasLeftOut = link.state === 'leftOut';
	const { definition, mapping } = tableOf(page, link.table);
	if (definition.standsFor && link.marketoId === null) await wakeBehind(page, link);
	if (link.state !== 'goneInDynamics') await tombstone(page, link, 'goneInDynamics');
	// R54: a row that was left out says nothing, not even that it is gone.
	if (link.marketoId === null || wasLeftOut) return DONE;
	if (definition.standsFor || mapping.whenDeleted?.do === 'delete')
		return await removeRecord(page, link, label, 'goneInDynamics');
	return mapping.whenDeleted?.do === 'mark'
		? await mark(page, link, label, mapping.whenDeleted.field)
		: DONE;
}

/** Its record is deleted in Marketo; `to`: what the link is from now on. */
export async function removeRecord(
	page: Page,
	link: Link,
	label: string,
	to: Extract<LinkState, 'goneInDynamics' | 'creating'>,
): Promise<Fate> {
	await changeLink(page.db, link, { state: to });
	return await planOf(page, link, label, 'delete', new Map());
}

async function mark(page: Page, link: Link, label: string, field: string): Promise<Fate> {
	if (!page.fields.has(field)) {
		page.out.notes.push(
			`Marketo has no field ${field} to mark that ${label} was deleted in Dynamics`,
		);
		return DONE;
	}
	const fields = new Map<string, DraftField>();
	own(page, fields, tableOf(page, link.table).definition.idField, link.dynamicsId, KEY);
	own(page, fields, field, true, MARK);
	return await planOf(page, link, label, 'mark', fields);
}

async function planOf(
	page: Page,
	link: Link,
	label: string,
	operation: 'delete' | 'mark',
	fields: Map<string, DraftField>,
): Promise<Fate> {
	await dropPlansOf(page.db, link.id, ['planned', 'unknown']);
	await planWrite(page, {
		link,
		side: 'marketo',
		operation,
		id: link.marketoId!,
		table: page.definition.object,
		label,
		changedAt: null,
		version: null,
		fields,
		shown: {},
	});
	page.out.counts.toMarketo++;
	return WRITE;
}

/**
 * R39: a record that ties others was written with another key, since its row's person is another one by now: where that
 * is another record, the former one goes first, and the next write tells which one this is.
 */
export async function leaveFormer(
	ledger: Ledger,
	db: Db,
	run: string,
	link: Link,
	former: string,
): Promise<void> {
	if (isByKey(former) || link.marketoId === former) return;
	await changeLink(db, link, { marketoId: former, emailKey: null });
	await enqueue(ledger, db, {
		lane: link.lane,
		subject: linkSubject(link),
		dueAt: ledger.clock.now(),
		code: 'former',
		reason: 'The Marketo record of the former person is to be deleted',
		run,
	});
}

/** The record is gone in Marketo: its row may stand for another one, and another row for the same. */
export async function recordRemoved(
	ledger: Ledger,
	db: Db,
	run: string,
	link: Link,
): Promise<void> {
	const { lane, emailKey, marketoId } = link;
	// R39: a lead and a contact may be one person, for whom each has a row.
	const sharing = marketoId === null ? [] : await linksOfPeople(db, lane, [marketoId], ['active']);
	await changeLink(db, link, {
		marketoId: null,
		emailKey: null,
		version: null,
		bases: noBases(),
		updatedAt: ledger.clock.now(),
	});
	for (const one of sharing) await changeLink(db, one, { bases: noBases() });
	const behind = await linksBehind(db, lane, emailKey);
	await lookAtAgain(ledger, db, run, [link, ...behind, ...sharing]);
}

/** R39: whoever stands for the same as a row that has had no record yet, and stands for it no more, is next. */
export async function wakeBehind(page: Page, { lane, emailKey }: Link): Promise<void> {
	const { ledger, db, ref, accounts } = page;
	const behind = await linksBehind(db, lane, emailKey);
	await lookAtAgain(ledger, db, ref.run, behind);
	// Also where it was looked at in this very page.
	const woken = new Set(behind.map(linkSubject));
	accounts.done = accounts.done.filter((subject) => !woken.has(subject));
}

async function linksBehind(db: Db, lane: string, key: Link['emailKey']): Promise<Link[]> {
	const alike = key === null ? [] : await linksOfKeys(db, lane, [key]);
	return alike.filter(({ state }) => state === 'secondary');
}

async function lookAtAgain(ledger: Ledger, db: Db, run: string, links: Link[]): Promise<void> {
	for (const one of links) {
		if (one.state === 'goneInDynamics') continue;
		await enqueue(ledger, db, {
			lane: one.lane,
			subject: linkSubject(one),
			dueAt: ledger.clock.now(),
			code: 'removed',
			reason: 'The Marketo record that was in its place is deleted',
			run,
		});
	}
}
