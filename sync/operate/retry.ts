import type { Ledger } from '../ledger/ledger';
import { enqueue } from '../ledger/queue';
import type { Db } from '../ledger/schema';
import { isAction, readSubject } from '../ledger/subject';
import { linkSubject } from '../page/pageState';
import { askAgain } from '../requests/inbox';
import { startSoon } from './lanes';
import { recordOf, type RecordReference } from './record';

export interface Retried {
	/** Records that needed help, or waited, and are due now. */
	records: number;
	/** Fields that stayed behind and are tried anew. */
	fields: number;
}

const BY_HAND = { code: 'retry', reason: 'A person chose Retry', run: '' };

/**
 * A record that needs help or waits is due now, with all attempts before it; fields of it that stayed
 * behind are tried anew. It is shown as needing help until it worked.
 * @throws CannotDo when the sync has never met the record
 */
export async function retry(ledger: Ledger, reference: RecordReference): Promise<Retried> {
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, reference, db);
		const waiting = record.queue.filter((row) => row.state === 'help' || row.due_at > 0);
		const subjects = waiting.map((row) => row.subject);
		if (subjects.length > 0) await dueNow(ledger, db, subjects);
		const fields = record.link ? await letGo(ledger, db, [record.link.id]) : 0;
		if (subjects.length + fields > 0) await startSoon(ledger, db);
		return { records: new Set(subjects).size, fields };
	});
}

/** As `retry`, for everything that needs help. What merely waits keeps its time. */
export async function retryAll(ledger: Ledger): Promise<Retried> {
	return await ledger.db.transaction().execute(async (db) => {
		const help = await db.selectFrom('queue').select('subject').where('state', '=', 'help').execute();
		const held = await db.selectFrom('held').select('link').distinct().where('state', '=', 'held').execute();
		await dueNow(ledger, db, help.map((row) => row.subject));
		const fields = await letGo(ledger, db, held.map((row) => row.link));
		if (help.length + fields > 0) await startSoon(ledger, db);
		return { records: help.length, fields };
	});
}

async function dueNow(ledger: Ledger, db: Db, all: string[]): Promise<void> {
	// What a campaign asked for is worked on by the workflow that received it, not by a page of the sync.
	for (const subject of all.filter(isAction)) await askAgain(ledger, db, readSubject(subject).id);
	const subjects = all.filter((subject) => !isAction(subject));
	for (let from = 0; from < subjects.length; from += 500) {
		await db
			.updateTable('queue')
			.set({ due_at: ledger.clock.now(), attempts: 0 })
			.where('subject', 'in', subjects.slice(from, from + 500))
			.execute();
	}
}

/** The refusals are forgotten, so that the same values are sent again; a new refusal is news again. */
async function letGo(ledger: Ledger, db: Db, links: number[]): Promise<number> {
	let fields = 0;
	for (const id of links) {
		const { numUpdatedRows } = await db
			.updateTable('held')
			.set({ state: 'solved', told: 0 })
			.where('link', '=', id)
			.where('state', '=', 'held')
			.executeTakeFirst();
		if (Number(numUpdatedRows) === 0) continue;
		fields += Number(numUpdatedRows);
		const link = await db.selectFrom('link').selectAll().where('id', '=', id).executeTakeFirst();
		if (link) await enqueue(ledger, db, { ...BY_HAND, subject: linkSubject(link), dueAt: ledger.clock.now() });
	}
	return fields;
}
