import type { Side } from '../items';
import { inPieces, type Ledger } from './ledger';
import type { Db, QueueRow } from './schema';

/** R46: failures in a row after which a record needs help. */
const MOST_ATTEMPTS = 6;
/** Of these the first few are tried again in the same run. */
const SOON_ATTEMPTS = 2;
/** R46: times that a record is handed out in one run, whatever it waits for; then the feeds are read first. */
const MOST_IN_RUN = 5;

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
			handed_in: '',
			handed_out: 0,
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

/**
 * R46: after a failure that may pass the record is due again, later each time, and needs help after too many.
 * Failures are counted until a write of it went through. `soon`: the first few are tried again in this run,
 * with what is read anew.
 */
export async function retryLater(ledger: Ledger, db: Db, failed: Omit<Due, 'dueAt'> & { remedy: string; side?: Side; soon?: boolean }): Promise<void> {
	const { soon = false, ...due } = failed;
	const row = await db.selectFrom('queue').select('attempts').where('subject', '=', due.subject).executeTakeFirst();
	const attempts = (row?.attempts ?? 0) + 1;
	if (attempts >= MOST_ATTEMPTS) {
		// The words are the same each time: only what is new is told again.
		await needsHelp(ledger, db, { ...due, reason: `${due.reason} (tried ${MOST_ATTEMPTS} times)` });
		return;
	}
	const pause = soon && attempts <= SOON_ATTEMPTS ? 0 : ledger.timing.retry * 2 ** Math.max(0, attempts - 2);
	const dueAt = ledger.clock.now() + pause;
	await enqueue(ledger, db, { ...due, dueAt });
	await db.updateTable('queue').set({ due_at: dueAt, attempts }).where('subject', '=', due.subject).execute();
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
		handed_in: before?.handed_in ?? '',
		handed_out: before?.handed_out ?? 0,
	};
	await db.insertInto('queue').values(row).onConflict((c) => c.column('subject').doUpdateSet(row)).execute();
	return true;
}

/** No longer due: a write of the record is planned. What failed before still counts (R46), and what needed help does until it worked. */
export async function takenInHand(db: Db, subjects: string[]): Promise<void> {
	await inPieces(subjects, async (piece) => await db.updateTable('queue').set({ due_at: 0 }).where('subject', 'in', piece).where('due_at', '>', 0).execute());
}

/** R46: a write went through, so nothing counts any more that failed before it. */
export async function forgetFailures(db: Db, subjects: string[]): Promise<void> {
	await db.deleteFrom('queue').where('subject', 'in', subjects).where('state', '=', 'due').where('due_at', '=', 0).execute();
	await db.updateTable('queue').set({ attempts: 0 }).where('subject', 'in', subjects).where('attempts', '>', 0).execute();
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

/** What is due now and was not handed out too often in this run (R46). */
function dueIn(db: Db, now: number, run: string) {
	return db
		.selectFrom('queue')
		.where('state', 'in', ['due', 'help', 'solved'])
		.where('due_at', '>', 0)
		.where('due_at', '<=', now)
		.where((e) => e.or([e('handed_in', '!=', run), e('handed_out', '<', MOST_IN_RUN)]));
}

/** Whether a page of this run would be handed something. */
export async function isSomethingDue(ledger: Ledger, db: Db, run: string): Promise<boolean> {
	return Boolean(await dueIn(db, ledger.clock.now(), run).select('subject').limit(1).executeTakeFirst());
}

/** What is due now, oldest first (R3). Handing out is counted, unless only a preview looks. */
export async function handOutDue(ledger: Ledger, db: Db, run: string, most: number, count: boolean): Promise<QueueRow[]> {
	const due = await dueIn(db, ledger.clock.now(), run).selectAll().orderBy('due_at').orderBy('subject').limit(most).execute();
	if (count && due.length > 0) {
		await db
			.updateTable('queue')
			.set((e) => ({
				handed_out: e.case().when('handed_in', '=', run).then(e('handed_out', '+', 1)).else(1).end(),
				handed_in: run,
			}))
			.where('subject', 'in', due.map((row) => row.subject))
			.execute();
	}
	return due;
}
