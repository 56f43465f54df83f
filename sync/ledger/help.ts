import { type Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable, Side } from '../items';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import { linksOfRows } from './links';
import { linkSubject, readSubject, subjectOf } from './subject';
import type { Db, QueueTable } from './schema';
import { type Due, type NewDue, KEY, SHOWN, dueOf } from './due';

/** Why a record needs a person. */
export interface NewHelp extends Omit<NewDue, 'dueAt' | 'isAsked' | 'mayBeOver'> {
	remedy: string;
	emailKey?: Fingerprint | null;
	side?: Side;
}

/** A record that a person must look at. Returns true when that is news. */
export async function needsHelp(ledger: Ledger, db: Db, help: NewHelp): Promise<boolean> {
	const now = ledger.clock.now();
	const before = await db
		.selectFrom('queue')
		.selectAll()
		.where('lane', '=', help.lane)
		.where('subject', '=', help.subject)
		.executeTakeFirst();
	if (before?.state === 'help' && isSameCause(before, help)) {
		// The fingerprint is another one with another key.
		await db
			.updateTable('queue')
			.set({
				due_at: stillToCome(before, now),
				email_key: help.emailKey ?? null,
				reason: help.reason,
			})
			.where('lane', '=', help.lane)
			.where('subject', '=', help.subject)
			.execute();
		return false;
	}
	const row: Selectable<QueueTable> = {
		lane: help.lane,
		subject: help.subject,
		state: 'help',
		// Something else about it may be due later: that stands.
		due_at: before ? stillToCome(before, now) : 0,
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
		asked: before?.asked ?? 0,
		first: Number(help.comesFirst ?? before?.first === 1),
	};
	await db
		.insertInto('queue')
		.values(row)
		.onConflict((c) => c.columns(KEY).doUpdateSet(row))
		.execute();
	return true;
}

/**
 * Who stands in each other's way by an e-mail does so for one cause, whoever else is named at the moment: else
 * one edit of a thousand records with one address would tell a thousand needs again.
 */
function isSameCause(before: Selectable<QueueTable>, help: NewHelp): boolean {
	if (before.code !== help.code) return false;
	return before.reason === help.reason || (before.email_key ?? '') === help.emailKey;
}

const stillToCome = (row: Selectable<QueueTable>, now: number) =>
	Number(row.due_at) > now ? Number(row.due_at) : 0;

/** A write went through: whatever that system refused about the record before is solved. */
export async function solveHelp(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<void> {
	await solving(db, lane)
		.where('subject', 'in', subjects)
		.where((e) => e.or([e('side', 'is', null), e('side', '=', side)]))
		.execute();
}

/** Whatever a record needed help for is solved, but for `unlessFor`, and for what a person has just chosen Retry. */
export async function helpIsOver(
	db: Db,
	lane: string,
	subject: string,
	unlessFor: string,
): Promise<void> {
	await solving(db, lane)
		.where('subject', '=', subject)
		.where('code', '!=', unlessFor)
		.where('asked', '=', 0)
		.execute();
}

/** Help that is over; people are told. */
function solving(db: Db, lane: string) {
	return db
		.updateTable('queue')
		.set({ state: 'solved', told: 0 })
		.where('lane', '=', lane)
		.where('state', '=', 'help');
}

/** Records that stand in each other's way by their e-mail are looked at again: one of them has another now. */
export async function wakeByEmail(
	ledger: Ledger,
	db: Db,
	lane: string,
	emailKey: Fingerprint | null,
	...except: string[]
): Promise<void> {
	if (emailKey === null) return;
	await db
		.updateTable('queue')
		.set({ due_at: ledger.clock.now() })
		.where('lane', '=', lane)
		.where('email_key', '=', emailKey)
		.where('state', '=', 'help')
		.where('subject', 'not in', except)
		.execute();
}

/** Who stands in others' way by an e-mail: the records named, and those known by one of the e-mails. */
export async function parkedByEmail(
	db: Db,
	lane: string,
	subjects: string[],
	emailKeys: Fingerprint[],
): Promise<Array<{ subject: string; emailKey: Fingerprint; code: string }>> {
	const help = db
		.selectFrom('queue')
		.select(['subject', 'email_key', 'code'])
		.where('lane', '=', lane)
		.where('state', '=', 'help')
		.where('email_key', 'is not', null);
	const rows = [
		...(await inPieces(
			subjects,
			async (piece) => await help.where('subject', 'in', piece).execute(),
		)),
		...(await inPieces(
			[...new Set(emailKeys)],
			async (piece) => await help.where('email_key', 'in', piece).execute(),
		)),
	];
	const once = new Map(rows.map((row) => [row.subject, row]));
	return [...once.values()].map(({ subject, email_key, code }) => ({
		subject,
		emailKey: email_key!,
		code,
	}));
}

/** Records of a table that need help are looked at again. One statement over what needs help. */
export async function wakeTable(
	ledger: Ledger,
	db: Db,
	lane: string,
	table: string,
): Promise<void> {
	await db
		.updateTable('queue')
		.set({ due_at: ledger.clock.now() })
		.where('lane', '=', lane)
		.where('state', '=', 'help')
		.where('subject', '>=', subjectOf(table, ''))
		.where('subject', '<', subjectOf(table, '\uffff'))
		.execute();
}

/** Rows of a table that need help and were never linked. One query over what needs help. */
export async function parkedUnlinked(
	db: Db,
	lane: string,
	table: DynamicsTable,
): Promise<string[]> {
	const rows = await db
		.selectFrom('queue')
		.select('subject')
		.where('lane', '=', lane)
		.where('state', '=', 'help')
		.where('subject', '>=', subjectOf(table, ''))
		.where('subject', '<', subjectOf(table, '\uffff'))
		.orderBy('subject')
		.execute();
	const subjects = rows.map(({ subject }) => subject);
	const links = await linksOfRows(
		db,
		lane,
		subjects.map((subject) => readSubject(subject).id),
	);
	const linked = new Set(links.map(linkSubject));
	return subjects.filter((subject) => !linked.has(subject));
}

/** Everything that needs help, the newest first. */
export async function allNeedingHelp(db: Db, lane: string): Promise<Due[]> {
	return (
		await db
			.selectFrom('queue')
			.selectAll()
			.where('lane', '=', lane)
			.where('state', '=', 'help')
			.orderBy('since', 'desc')
			.execute()
	).map(dueOf);
}

/** Records of which people are to be told. */
export function helpUntold(db: Db, lane: string) {
	return db
		.selectFrom('queue')
		.select('subject')
		.where('lane', '=', lane)
		.where('state', 'in', SHOWN)
		.where('told', '=', 0);
}

export async function untoldHelp(db: Db, lane: string, most: number): Promise<Due[]> {
	return (await helpUntold(db, lane).clearSelect().selectAll().limit(most).execute()).map(dueOf);
}

/** There is more to say of these, where they need help. */
export async function tellAgain(db: Db, lane: string, subjects: string[]): Promise<void> {
	if (subjects.length === 0) return;
	await db
		.updateTable('queue')
		.set({ told: 0 })
		.where('lane', '=', lane)
		.where('subject', 'in', subjects)
		.where('state', '=', 'help')
		.execute();
}

/** People were shown it; what is solved is forgotten with that, unless it is due for something else. */
export async function helpTold(db: Db, { lane, subject, state, dueAt }: Due): Promise<void> {
	const shown = db.updateTable('queue').where('lane', '=', lane).where('subject', '=', subject);
	if (state === 'help') await shown.set({ told: 1 }).execute();
	else if (dueAt > 0) await shown.set({ state: 'due', told: 1 }).execute();
	else
		await db.deleteFrom('queue').where('lane', '=', lane).where('subject', '=', subject).execute();
}
