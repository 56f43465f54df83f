import { sql, type ExpressionBuilder, type Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable, Side } from '../items';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import { linksOfRows } from './links';
import { isAction, linkSubject, readSubject, subjectOf } from './subject';
import type { Db, LedgerTables, QueueTable } from './schema';

/** Why a person is due who was made, or got another address: to be read once (R48), whatever the log says. */
export const ADDRESSED = 'addressed';
/** Why a row is due that was just made for a person: its ids are to be written to them. */
export const WRITE_BACK = 'writeBack';
/** R46: failures in a row after which a record needs help. */
const MOST_ATTEMPTS = 6;
/** Of these the first few are tried again in the same run. */
const SOON_ATTEMPTS = 2;
/** R46: times that a record is handed out in one run, whatever it waits for; then the feeds are read first. */
const MOST_IN_RUN = 5;

/** What is due of a record, or needs help; one entry per record of a lane. */
export interface Due {
	lane: string;
	/** `lead:<id>`, `contact:<id>` or `person:<id>`. */
	subject: string;
	state: 'due' | 'help' | 'solved';
	/** When it is looked at again. 0: not due, a write of it is planned; one that needs help, or is solved, may be due beside that. */
	dueAt: number;
	/** Failures since a write of it went through there (R46). */
	attempts: number;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	label: string;
	/** So that a record with the same e-mail can wake it. */
	emailKey: Fingerprint | null;
	/** The system in which it failed last, or that refused it; a successful write to the other one solves nothing. */
	side: Side | null;
	/** A person chose Retry or Sync Again, and nothing has come of it yet. */
	isAsked: boolean;
}

/** Why and when a record is due. */
export interface NewDue {
	lane: string;
	subject: string;
	dueAt: number;
	code: string;
	reason: string;
	run: string;
	label?: string;
	/** A person wants it, whatever else is known of the record. */
	isAsked?: boolean;
	/** R3: it comes before what is longer due. */
	comesFirst?: boolean;
	/** It may be over before that (`notDueFor`): a record that is due for anything else stays due for that. */
	mayBeOver?: boolean;
}

/** Why a record needs a person. */
export interface NewHelp extends Omit<NewDue, 'dueAt' | 'isAsked' | 'mayBeOver'> {
	remedy: string;
	emailKey?: Fingerprint | null;
	side?: Side;
}

const KEY = ['lane', 'subject'] as const;
const SHOWN = ['help', 'solved'] as const;
/** Not due any more, and nothing else is to be known of it but how often it was handed out. */
const OVER = { state: 'over', due_at: 0, attempts: 0, side: null, asked: 0, first: 0 } as const;

/**
 * Puts a record on the list of what is due. An earlier time that is still to come stands; one that has
 * come is over, the record is being looked at. What people are shown (it needs help, it is solved)
 * stays as it is: such a record is due beside that.
 */
export async function enqueue(ledger: Ledger, db: Db, due: NewDue): Promise<void> {
	const now = ledger.clock.now();
	await db
		.insertInto('queue')
		.values({
			lane: due.lane,
			subject: due.subject,
			state: 'due',
			due_at: due.dueAt,
			attempts: 0,
			code: due.code,
			reason: due.reason,
			remedy: '',
			since: now,
			run: due.run,
			told: 1,
			label: due.label ?? '',
			email_key: null,
			side: null,
			handed_in: '',
			handed_out: 0,
			asked: Number(due.isAsked ?? false),
			first: Number(due.comesFirst ?? false),
		})
		.onConflict((c) =>
			c.columns(KEY).doUpdateSet((e) => {
				const stands = e.and([e('queue.due_at', '>', now), e('queue.due_at', '<', due.dueAt)]);
				const isOver = e('queue.state', '=', 'over');
				const isNamed = e.or([
					isOver,
					e.and([
						e('queue.state', '=', 'due'),
						...(due.mayBeOver ? [e('queue.due_at', '=', 0)] : []),
					]),
				]);
				const unlessShown = (name: 'code' | 'reason' | 'run') =>
					e
						.case()
						.when(isNamed)
						.then(due[name])
						.else(e.ref(`queue.${name}`))
						.end();
				return {
					state: e
						.case()
						.when(isOver)
						.then('due' as QueueTable['state'])
						.else(e.ref('queue.state'))
						.end(),
					since: e.case().when(isOver).then(now).else(e.ref('queue.since')).end(),
					due_at: e.case().when(stands).then(e.ref('queue.due_at')).else(due.dueAt).end(),
					code: unlessShown('code'),
					reason: unlessShown('reason'),
					run: unlessShown('run'),
					asked: due.isAsked ? 1 : e.ref('queue.asked'),
					first: due.comesFirst ? 1 : e.ref('queue.first'),
				};
			}),
		)
		.execute();
}

/** As `enqueue`, in place of whatever was known: people are told that an old need is solved, and it is looked at afresh. */
export async function enqueueAfresh(ledger: Ledger, db: Db, due: NewDue): Promise<void> {
	await db
		.deleteFrom('queue')
		.where('lane', '=', due.lane)
		.where('subject', '=', due.subject)
		.execute();
	await enqueue(ledger, db, due);
}

/** A failure that may pass. */
export interface Failed extends Omit<NewHelp, 'emailKey'> {
	/** Pause before each of the first few further tries, milliseconds; 0: in this run, with what is read anew. */
	soon?: number;
	/** It may have arrived all the same: looked at again, later and later, also when it needs help. */
	isUnanswered?: boolean;
}

/**
 * R46: after a failure that may pass the record is due again, later each time, and needs help after too many.
 * Failures are counted until a write of it went through.
 */
export async function retryLater(ledger: Ledger, db: Db, failed: Failed): Promise<void> {
	const { soon, isUnanswered = false, ...help } = failed;
	const row = await db
		.selectFrom('queue')
		.select('attempts')
		.where('lane', '=', help.lane)
		.where('subject', '=', help.subject)
		.executeTakeFirst();
	const attempts = (row?.attempts ?? 0) + 1;
	if (attempts >= MOST_ATTEMPTS) {
		// The words are the same each time: only what is new is told again.
		await needsHelp(ledger, db, {
			...help,
			reason: `${help.reason} (tried ${MOST_ATTEMPTS} times)`,
		});
		if (!isUnanswered) return;
	}
	const pause =
		soon !== undefined && attempts <= SOON_ATTEMPTS
			? soon
			: ledger.timing.retry * 2 ** Math.max(0, attempts - 2);
	const dueAt = ledger.clock.now() + pause;
	await enqueue(ledger, db, { ...help, dueAt });
	await db
		.updateTable('queue')
		.set((e) => ({
			due_at: dueAt,
			attempts,
			side: e
				.case()
				.when('state', '=', 'due')
				.then(help.side ?? null)
				.else(e.ref('side'))
				.end(),
		}))
		.where('lane', '=', help.lane)
		.where('subject', '=', help.subject)
		.execute();
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

/**
 * No longer due: a write of the record is planned. What failed before still counts (R46), and what needed help does
 * until it worked. Entries of the code `unlessFor` stay as they are.
 */
export async function takenInHand(
	db: Db,
	lane: string,
	subjects: string[],
	unlessFor = '',
): Promise<void> {
	await inPieces(
		subjects,
		async (piece) =>
			await db
				.updateTable('queue')
				.set({ due_at: 0, asked: 0, first: 0 })
				.where('lane', '=', lane)
				.where('subject', 'in', piece)
				.where('due_at', '>', 0)
				.where('code', '!=', unlessFor)
				.execute(),
	);
}

/** R46: how often in a row writes of these records to that system failed; who is not named has not. */
export async function failuresOf(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<Map<string, number>> {
	const rows = await inPieces(
		subjects,
		async (piece) =>
			await db
				.selectFrom('queue')
				.select(['subject', 'attempts'])
				.where('lane', '=', lane)
				.where('subject', 'in', piece)
				.where('side', '=', side)
				.where('attempts', '>', 0)
				.execute(),
	);
	return new Map(rows.map(({ subject, attempts }) => [subject, attempts]));
}

/** Whether this is the last try before a record needs help. */
export function isLastTry(failures: number): boolean {
	return failures >= MOST_ATTEMPTS - 1;
}

/** R46: a write went through, so nothing counts any more that failed before it in that system. */
export async function forgetFailures(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<void> {
	const failedThere = (e: ExpressionBuilder<LedgerTables, 'queue'>) =>
		e.or([e('side', 'is', null), e('side', '=', side)]);
	await db
		.updateTable('queue')
		.set(OVER)
		.where('lane', '=', lane)
		.where('subject', 'in', subjects)
		.where('state', '=', 'due')
		.where('due_at', '=', 0)
		.where(failedThere)
		.execute();
	await db
		.updateTable('queue')
		.set({ attempts: 0 })
		.where('lane', '=', lane)
		.where('subject', 'in', subjects)
		.where('attempts', '>', 0)
		.where(failedThere)
		.execute();
}

/** R46: nothing is to be written to that system any more: that it failed there counts no more, and is solved. */
export async function failureIsOver(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<void> {
	await inPieces(subjects, async (piece) => {
		const failedThere = db
			.updateTable('queue')
			.where('lane', '=', lane)
			.where('subject', 'in', piece)
			.where('side', '=', side);
		await failedThere.set({ attempts: 0, side: null }).where('state', '=', 'due').execute();
		return await failedThere
			.set({ state: 'solved', told: 0 })
			.where('state', '=', 'help')
			.execute();
	});
}

/** Not due any more, where that was the only reason. */
export async function notDueFor(
	db: Db,
	lane: string,
	subjects: string[],
	code: string,
): Promise<void> {
	await inPieces(
		subjects,
		async (piece) =>
			await db
				.deleteFrom('queue')
				.where('lane', '=', lane)
				.where('subject', 'in', piece)
				.where('state', '=', 'due')
				.where('code', '=', code)
				.execute(),
	);
}

/**
 * The record is in order: no longer due; if it needed help, people are told that it is solved. Entries of the code
 * `unlessFor` stay as they are.
 */
export async function settleSubjects(
	db: Db,
	lane: string,
	subjects: string[],
	unlessFor = '',
): Promise<void> {
	await inPieces(subjects, async (piece) => {
		await db
			.updateTable('queue')
			.set(OVER)
			.where('lane', '=', lane)
			.where('subject', 'in', piece)
			.where('state', '=', 'due')
			.where('code', '!=', unlessFor)
			.execute();
		return await db
			.updateTable('queue')
			.set({ state: 'solved', told: 0, due_at: 0, asked: 0, first: 0 })
			.where('lane', '=', lane)
			.where('subject', 'in', piece)
			.where('state', 'in', SHOWN)
			.where('code', '!=', unlessFor)
			.execute();
	});
}

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

/** A person wants these tried now, with all attempts before them. */
export async function dueNow(
	ledger: Ledger,
	db: Db,
	lane: string,
	subjects: string[],
): Promise<void> {
	await inPieces(
		subjects,
		async (piece) =>
			await db
				.updateTable('queue')
				.set({ due_at: ledger.clock.now(), attempts: 0, asked: 1 })
				.where('lane', '=', lane)
				.where('subject', 'in', piece)
				.execute(),
	);
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

/** Which run of which lane asks. */
export interface InRun {
	lane: string;
	run: string;
}

/** What is forgotten with the end of a run: a tenth of a second's work. */
const OVER_AT_ONCE = 10_000;

/**
 * The run is over: how often records were handed out in it counts no more. After a first run of very many the rest
 * goes with the runs that follow, in which it says nothing: what counts is the run that is on.
 */
export async function forgetHandedOut(db: Db, lane: string, most = OVER_AT_ONCE): Promise<void> {
	const over = db
		.selectFrom('queue')
		.select('subject')
		.where('lane', '=', lane)
		.where('state', '=', 'over')
		.limit(most);
	await db.deleteFrom('queue').where('lane', '=', lane).where('subject', 'in', over).execute();
}

/** What is due now and was not handed out too often in this run (R46). */
function dueIn(db: Db, now: number, { lane, run }: InRun) {
	return db
		.selectFrom('queue')
		.where('lane', '=', lane)
		.where('due_at', '>', 0)
		.where('due_at', '<=', now)
		.where((e) => e.or([e('handed_in', '!=', run), e('handed_out', '<', MOST_IN_RUN)]));
}

/** Whether a page of this run would be handed something. */
export async function isSomethingDue(ledger: Ledger, db: Db, by: InRun): Promise<boolean> {
	return Boolean(
		await dueIn(db, ledger.clock.now(), by).select('subject').limit(1).executeTakeFirst(),
	);
}

/** As above, besides those that the page was handed. */
export async function isMoreDue(
	ledger: Ledger,
	db: Db,
	by: InRun,
	handedOut: string[],
): Promise<boolean> {
	const due = dueIn(db, ledger.clock.now(), by)
		.select('subject')
		.orderBy('due_at')
		.orderBy('subject');
	const some = await due.limit(handedOut.length + 1).execute();
	const theirs = new Set(handedOut);
	return some.some(({ subject }) => !theirs.has(subject));
}

/** What is due now: opt-outs and new people, then the others, the oldest first of each (R3). Handing out is counted, unless only a preview looks. */
export async function handOutDue(
	ledger: Ledger,
	db: Db,
	by: InRun,
	most: number,
	count: boolean,
): Promise<Due[]> {
	const due: Array<Selectable<QueueTable>> = [];
	for (const first of [1, 0]) {
		if (due.length === most) break;
		const next = dueIn(db, ledger.clock.now(), by)
			// As a literal: by a parameter SQLite does not take the index that holds these few alone.
			.where('first', '=', sql.lit(first))
			.selectAll()
			.orderBy('due_at')
			.orderBy('subject')
			.limit(most - due.length);
		due.push(...(await next.execute()));
	}
	if (count && due.length > 0) {
		await db
			.updateTable('queue')
			.set((e) => ({
				handed_out: e
					.case()
					.when('handed_in', '=', by.run)
					.then(e('handed_out', '+', 1))
					.else(1)
					.end(),
				handed_in: by.run,
			}))
			.where('lane', '=', by.lane)
			.where(
				'subject',
				'in',
				due.map((row) => row.subject),
			)
			.execute();
	}
	return due.map(dueOf);
}

export async function dueOfSubjects(db: Db, lane: string, subjects: string[]): Promise<Due[]> {
	return (
		await db
			.selectFrom('queue')
			.selectAll()
			.where('lane', '=', lane)
			.where('subject', 'in', subjects)
			.where('state', '!=', 'over')
			.orderBy('subject')
			.execute()
	).map(dueOf);
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

/** How many records need help, and how many wait for their time. */
export async function countDue(
	db: Db,
	lane: string,
): Promise<{ needHelp: number; waiting: number }> {
	const all = db
		.selectFrom('queue')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane);
	const help = await all.where('state', '=', 'help').executeTakeFirstOrThrow();
	const waiting = await all.where('due_at', '>', 0).executeTakeFirstOrThrow();
	return { needHelp: Number(help.count), waiting: Number(waiting.count) };
}

/** How many records could be looked at now. */
export async function countDueNow(db: Db, lane: string, now: number): Promise<number> {
	const { count } = await db
		.selectFrom('queue')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('due_at', '>', 0)
		.where('due_at', '<=', now)
		.executeTakeFirstOrThrow();
	return Number(count);
}

export async function isHelpUntold(db: Db, lane: string): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('queue')
			.select('subject')
			.where('lane', '=', lane)
			.where('state', 'in', SHOWN)
			.where('told', '=', 0)
			.limit(1)
			.executeTakeFirst(),
	);
}

export async function untoldHelp(db: Db, lane: string, most: number): Promise<Due[]> {
	return (
		await db
			.selectFrom('queue')
			.selectAll()
			.where('lane', '=', lane)
			.where('state', 'in', SHOWN)
			.where('told', '=', 0)
			.limit(most)
			.execute()
	).map(dueOf);
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

/** Subjects that pages work on, and those that belong to campaigns' actions. */
export function partActions(subjects: string[]): { actions: string[]; records: string[] } {
	return {
		actions: subjects.filter(isAction),
		records: subjects.filter((subject) => !isAction(subject)),
	};
}

function dueOf({
	due_at,
	since,
	email_key,
	told: _,
	handed_in: __,
	handed_out: ___,
	first: ____,
	asked,
	state,
	...row
}: Selectable<QueueTable>): Due {
	return {
		...row,
		state: state as Due['state'],
		dueAt: Number(due_at),
		since: Number(since),
		emailKey: email_key,
		isAsked: asked === 1,
	};
}
