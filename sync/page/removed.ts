import { enqueue } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { changeLink, linksOfKeys, noBases, type Link } from '../ledger/links';
import { dropPlansOf, type Plan } from '../ledger/plans';
import type { Db, LinkState } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
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
	// R17: a write that has no answer yet may make the record once more.
	const tooYoung = unansweredTooYoung(page, plans);
	await noteRequired(page, linkSubject(link), []);
	if (tooYoung) {
		if (link.state !== 'goneInDynamics') await tombstone(page, link, 'goneInDynamics');
		return tooYoung;
	}
	return await rowGone(page, link, label);
}

/** A row that was deleted, or stands for nothing any more. */
export async function rowGone(page: Page, link: Link, label: string): Promise<Fate> {
	const wasLeftOut = link.state === 'leftOut';
	if (link.state !== 'goneInDynamics') await tombstone(page, link, 'goneInDynamics');
	const { definition, mapping } = tableOf(page, link.table);
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

/** The record is gone in Marketo: its row may stand for another one, and another row for the same. */
export async function recordRemoved(
	ledger: Ledger,
	db: Db,
	run: string,
	link: Link,
): Promise<void> {
	const { lane, emailKey } = link;
	await changeLink(db, link, {
		marketoId: null,
		emailKey: null,
		version: null,
		bases: noBases(),
		updatedAt: ledger.clock.now(),
	});
	const behind = emailKey === null ? [] : await linksOfKeys(db, lane, [emailKey]);
	for (const one of [link, ...behind.filter(({ state }) => state === 'secondary')]) {
		if (one.state === 'goneInDynamics') continue;
		await enqueue(ledger, db, {
			lane,
			subject: linkSubject(one),
			dueAt: ledger.clock.now(),
			code: 'removed',
			reason: 'The Marketo record that was in its place is deleted',
			run,
		});
	}
}
