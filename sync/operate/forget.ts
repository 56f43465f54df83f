import type { Ledger } from '../ledger/ledger';
import { enqueue, settleSubjects } from '../ledger/queue';
import type { Db, LinkRow } from '../ledger/schema';
import { linkSubject } from '../page/pageState';
import { startSoon } from './lanes';
import { CannotDo } from './problem';
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
		await settleSubjects(db, record.queue.map((row) => row.subject));
		if (record.link) await empty(ledger, db, record.link);
		const due = { code: 'forgotten', reason: 'A person chose Forget: it is matched anew', run: '', dueAt: ledger.clock.now() };
		if (record.table !== 'person') await enqueue(ledger, db, { ...due, subject: record.subject, label: record.label });
		// A lead behind a contact is matched anew as well: the person may be free now.
		for (const other of record.others.filter((one) => one.state === 'secondary')) {
			await enqueue(ledger, db, { ...due, subject: linkSubject(other) });
		}
		await startSoon(ledger, db);
		return record.subject;
	});
}

async function refuseWhileWriting(db: Db, record: KnownRecord): Promise<void> {
	const plan = await db
		.selectFrom('plan')
		.select(['side', 'sent_at', 'created_at'])
		.where('link', '=', record.link!.id)
		.where('state', 'in', ['sent', 'unknown'])
		.orderBy('seq')
		.executeTakeFirst();
	if (!plan) return;
	const since = new Date(plan.sent_at ?? plan.created_at).toISOString();
	throw new CannotDo(
		`A write of ${recordName(record.table, record.id, record.label)} to ${systemName(plan.side)} is not answered yet (since ${since})`,
		'Forget it after the next run, which reads the record and finds out; Sync Now starts one',
	);
}

/**
 * The row of the link stays, without a partner: so people are still told what of it is solved, and its
 * history can still be explained.
 */
async function empty(ledger: Ledger, db: Db, link: LinkRow): Promise<void> {
	await db.deleteFrom('plan').where('link', '=', link.id).execute();
	await db.deleteFrom('conflict').where('link', '=', link.id).execute();
	if (link.marketo_id) await db.deleteFrom('edit').where('person', '=', link.marketo_id).execute();
	await db.deleteFrom('claim').where('holder', '=', linkSubject(link)).execute();
	await db.updateTable('history').set({ shown: null }).where('link', '=', link.id).execute();
	await db.updateTable('held').set({ state: 'solved', told: 0 }).where('link', '=', link.id).where('state', '=', 'held').execute();
	const unknown = { marketo_id: null, version: null, email_key: null, bases_dynamics: '{}', bases_marketo: '{}', wrote: '{}' };
	await db
		.updateTable('link')
		.set({ ...unknown, state: 'unlinked', updated_at: ledger.clock.now() })
		.where('id', '=', link.id)
		.execute();
}
