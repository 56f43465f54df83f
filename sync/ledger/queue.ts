import type { Side } from '../items';
import type { Ledger } from './ledger';
import type { Db, QueueRow } from './schema';

/** Attempts after which a record that keeps failing needs help. */
const MAX_ATTEMPTS = 6;

export interface Due {
	subject: string;
	dueAt: number;
	code: string;
	reason: string;
	run: string;
	label?: string;
}

/**
 * Puts a record on the list of what is due. An earlier time that is still to come stands; one that has
 * come is over, the record is being looked at. What people are shown (it needs help, it is solved)
 * stays as it is: such a record is due beside that.
 */
export async function enqueue(ledger: Ledger, db: Db, due: Due): Promise<void> {
	await db
		.insertInto('queue')
		.values({
			subject: due.subject,
			state: 'due',
			due_at: due.dueAt,
			attempts: 0,
			code: due.code,
			reason: due.reason,
			remedy: '',
			since: ledger.clock.now(),
			run: due.run,
			told: 1,
			label: due.label ?? '',
			email_key: null,
			side: null,
		})
		.onConflict((c) =>
			c.column('subject').doUpdateSet((e) => {
				const stands = e.and([e('queue.due_at', '>', ledger.clock.now()), e('queue.due_at', '<', due.dueAt)]);
				const unlessShown = (name: 'code' | 'reason' | 'run') =>
					e.case().when('queue.state', '=', 'due').then(due[name]).else(e.ref(`queue.${name}`)).end();
				return {
					due_at: e.case().when(stands).then(e.ref('queue.due_at')).else(due.dueAt).end(),
					code: unlessShown('code'),
					reason: unlessShown('reason'),
					run: unlessShown('run'),
				};
			}),
		)
		.execute();
}

/** After a failure that may pass: due again later each time, and help after too many (R37). */
export async function retryLater(ledger: Ledger, db: Db, due: Omit<Due, 'dueAt'> & { remedy: string; side?: Side }): Promise<void> {
	const row = await db.selectFrom('queue').selectAll().where('subject', '=', due.subject).executeTakeFirst();
	const attempts = row?.attempts ?? 0;
	if (attempts >= MAX_ATTEMPTS) {
		await needsHelp(ledger, db, { ...due, reason: `${due.reason} (tried ${attempts} times)` });
		return;
	}
	const dueAt = ledger.clock.now() + ledger.timing.retry * 2 ** Math.max(0, attempts - 1);
	await enqueue(ledger, db, { ...due, dueAt });
	await db.updateTable('queue').set({ due_at: dueAt }).where('subject', '=', due.subject).execute();
}

/** A record that a person must look at. Returns true when that is news. */
export async function needsHelp(
	ledger: Ledger,
	db: Db,
	help: { subject: string; code: string; reason: string; remedy: string; run: string; label?: string; emailKey?: string | null; side?: Side },
): Promise<boolean> {
	const now = ledger.clock.now();
	const before = await db.selectFrom('queue').selectAll().where('subject', '=', help.subject).executeTakeFirst();
	if (before?.state === 'help' && before.code === help.code && before.reason === help.reason) {
		const due_at = before.due_at > now ? before.due_at : 0;
		// The fingerprint is another one with another key.
		await db.updateTable('queue').set({ due_at, email_key: help.emailKey ?? null }).where('subject', '=', help.subject).execute();
		return false;
	}
	const row: QueueRow = {
		subject: help.subject,
		state: 'help',
		// Something else about it may be due later: that stands.
		due_at: before && before.due_at > now ? before.due_at : 0,
		attempts: before?.attempts ?? 0,
		code: help.code,
		reason: help.reason,
		remedy: help.remedy,
		since: now,
		run: help.run,
		told: 0,
		label: help.label ?? before?.label ?? '',
		email_key: help.emailKey ?? null,
		side: help.side ?? null,
	};
	await db.insertInto('queue').values(row).onConflict((c) => c.column('subject').doUpdateSet(row)).execute();
	return true;
}

/** No longer due: the record was taken in hand. What needed help still does until it worked. */
export async function takenInHand(db: Db, subjects: string[]): Promise<void> {
	for (let from = 0; from < subjects.length; from += 500) {
		const piece = subjects.slice(from, from + 500);
		await db.deleteFrom('queue').where('subject', 'in', piece).where('state', '=', 'due').execute();
		await db.updateTable('queue').set({ due_at: 0 }).where('subject', 'in', piece).where('due_at', '>', 0).execute();
	}
}

/** The record is in order: no longer due; if it needed help, people are told that it is solved. */
export async function settleSubjects(db: Db, subjects: string[]): Promise<void> {
	for (let from = 0; from < subjects.length; from += 500) {
		const piece = subjects.slice(from, from + 500);
		await db.deleteFrom('queue').where('subject', 'in', piece).where('state', '=', 'due').execute();
		await db
			.updateTable('queue')
			.set({ state: 'solved', told: 0, due_at: 0 })
			.where('subject', 'in', piece)
			.where('state', 'in', ['help', 'solved'])
			.execute();
	}
}

/** A write went through: whatever that system refused about the record before is solved. */
export async function solveRefusal(db: Db, subjects: string[], side: Side): Promise<void> {
	await db
		.updateTable('queue')
		.set({ state: 'solved', told: 0 })
		.where('subject', 'in', subjects)
		.where('state', '=', 'help')
		.where((e) => e.or([e('side', 'is', null), e('side', '=', side)]))
		.execute();
}

/** Records that stand in each other's way by their e-mail are looked at again: one of them has another now. */
export async function wakeByEmail(ledger: Ledger, db: Db, emailKey: string | null, except: string): Promise<void> {
	if (emailKey === null) return;
	await db
		.updateTable('queue')
		.set({ due_at: ledger.clock.now() })
		.where('email_key', '=', emailKey)
		.where('state', '=', 'help')
		.where('subject', '!=', except)
		.execute();
}

/** What is due now, oldest first; each handing out counts as an attempt before the work (R3, R37). */
export async function handOutDue(ledger: Ledger, db: Db, most: number, count: boolean): Promise<QueueRow[]> {
	const due = await db
		.selectFrom('queue')
		.selectAll()
		.where('state', 'in', ['due', 'help', 'solved'])
		.where('due_at', '>', 0)
		.where('due_at', '<=', ledger.clock.now())
		.orderBy('due_at')
		.orderBy('subject')
		.limit(most)
		.execute();
	if (count && due.length > 0) {
		await db
			.updateTable('queue')
			.set((e) => ({ attempts: e('attempts', '+', 1) }))
			.where('subject', 'in', due.map((row) => row.subject))
			.execute();
	}
	return due;
}
