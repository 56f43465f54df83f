import type { Ledger } from '../ledger/ledger';
import { releaseClaims } from '../ledger/claims';
import { forgetConflictsOf } from '../ledger/conflicts';
import { enqueue, settleSubjects } from '../ledger/due';
import { forgetEditsOf } from '../ledger/edits';
import { forgetValuesOf } from '../ledger/history';
import { changeLink, unlinked, type Link } from '../ledger/links';
import { dropPlans, ON_THE_WAY, plansOfLinks } from '../ledger/plans';
import { solveRefusalsOf } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
import { startSoon } from './lanes';
import { CannotDo } from '../cannotDo';
import { recordOf, type KnownRecord, type RecordReference } from './record';
import { recordName, systemName } from './words';

/**
 * Drops what the sync knows of a record: its partner, the values last compared, what was refused or
 * asked, and the values in its history. Neither system is touched. With the next page the Dynamics row
 * is read and matched as if it were met for the first time. Returns the record as the queue calls it.
 * @throws CannotDo while a write of it is not answered: whether it happened must be known first
 */
export async function forget(ledger: Ledger, reference: RecordReference): Promise<string> {
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, reference, db);
		if (record.link) await refuseWhileWriting(db, record);
		await settleSubjects(
			db,
			record.lane,
			record.queue.map((row) => row.subject),
		);
		if (record.link) await empty(ledger, db, record.link);
		const due = {
			lane: record.lane,
			code: 'forgotten',
			reason: 'A person chose Forget: it is matched again',
			run: '',
			dueAt: ledger.clock.now(),
		};
		if (record.table !== 'person')
			await enqueue(ledger, db, { ...due, subject: record.subject, label: record.label });
		// A lead behind a contact is matched anew as well: the person may be free now.
		for (const other of record.others.filter((one) => one.state === 'secondary')) {
			await enqueue(ledger, db, { ...due, subject: linkSubject(other) });
		}
		await startSoon(ledger, db, record.lane);
		return record.subject;
	});
}

/** @throws CannotDo while a write of it is not answered */
export async function refuseWhileWriting(db: Db, record: KnownRecord): Promise<void> {
	const plans = (await plansOfLinks(db, [record.link!.id])).get(record.link!.id) ?? [];
	const plan = plans.find(({ state }) => ON_THE_WAY.includes(state));
	if (!plan) return;
	const since = new Date(plan.sentAt ?? plan.createdAt).toISOString();
	throw new CannotDo(
		`A write of ${recordName(record.table, record.id, record.label)} to ${systemName(plan.side)} has not been answered yet (since ${since})`,
		'Try again after the next run, which reads the record and finds out; Sync Now starts one',
	);
}

/**
 * The row of the link stays, without a partner: so people are still told what of it is solved, and its
 * history can still be explained.
 */
async function empty(ledger: Ledger, db: Db, link: Link): Promise<void> {
	await clearLink(db, link);
	await forgetValuesOf(db, link.id);
	await changeLink(db, link, { ...unlinked(ledger.clock.now()), version: null });
}

/** What is planned, asked, refused or kept of a pair is about two that belong together no more. */
export async function clearLink(db: Db, link: Link): Promise<void> {
	const plans = (await plansOfLinks(db, [link.id])).get(link.id) ?? [];
	await dropPlans(
		db,
		plans.map(({ id }) => id),
	);
	await forgetConflictsOf(db, link.id);
	if (link.marketoId) await forgetEditsOf(db, link.lane, [link.marketoId]);
	await releaseClaims(db, [linkSubject(link)]);
	await solveRefusalsOf(db, link.id);
}
