import { sql, type Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { Side } from '../items';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import { isAction } from './subject';
import type { Db, QueueTable } from './schema';

/** Why a person is due who was made, or got another address: to be read once (R48), whatever the log says. */
export const ADDRESSED = 'addressed';

/** Why a row is due that was just made for a person: its ids are to be written to them. */
export const WRITE_BACK = 'writeBack';

/** Why a record is due whose write a page did not get to before it ended. */
export const NOT_REACHED = 'notReached';

/** Why a record is due whose write nobody answered. */
export const UNANSWERED = 'unanswered';

/** What a page that ended before its time leaves behind. */
const LEFT_BEHIND: ReadonlySet<string> = new Set([NOT_REACHED, UNANSWERED]);

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

export const KEY = ['lane', 'subject'] as const;

export const SHOWN = ['help', 'solved'] as const;

/** Not due any more, and nothing else is to be known of it but how often it was handed out. */
export const OVER = {
	state: 'over',
	due_at: 0,
	attempts: 0,
	side: null,
	asked: 0,
	first: 0,
} as const;

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
export function dueIn(db: Db, now: number, { lane, run }: InRun) {
	return db
		.selectFrom('queue')
		.where('lane', '=', lane)
		.where('due_at', '>', 0)
		.where('due_at', '<=', now)
		.where((e) => e.or([e('handed_in', '!=', run), e('handed_out', '<', MOST_IN_RUN)]));
}

/** Whether a page of this run would be handed something besides what this one was handed. */
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

/**
 * What is due now: opt-outs and new people, then the others, the oldest first of each (R3). Of the former, what a page
 * left behind comes beyond `most`, up to `room`. Handing out is counted, unless only a preview looks.
 */
export async function handOutDue(
	ledger: Ledger,
	db: Db,
	by: InRun,
	most: number,
	count: boolean,
	room = most,
): Promise<Due[]> {
	const due: Array<Selectable<QueueTable>> = [];
	for (const first of [1, 0]) {
		const limit = (first ? room : most) - due.length;
		if (limit <= 0) break;
		const next = dueIn(db, ledger.clock.now(), by)
			// As a literal: by a parameter SQLite does not take the index that holds these few alone.
			.where('first', '=', sql.lit(first))
			.selectAll()
			.orderBy('due_at')
			.orderBy('subject')
			.limit(limit);
		for (const row of await next.execute())
			if (due.length < most || LEFT_BEHIND.has(row.code)) due.push(row);
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

/** Since when the oldest of what waits has waited; null where nothing does. */
export async function waitingSince(db: Db, lane: string): Promise<number | null> {
	const oldest = await db
		.selectFrom('queue')
		.select((e) => e.fn.min('since').as('since'))
		.where('lane', '=', lane)
		.where('due_at', '>', 0)
		.executeTakeFirst();
	return oldest?.since == null ? null : Number(oldest.since);
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

/** Subjects that pages work on, and those that belong to campaigns' actions. */
export function partActions(subjects: string[]): { actions: string[]; records: string[] } {
	return {
		actions: subjects.filter(isAction),
		records: subjects.filter((subject) => !isAction(subject)),
	};
}

export function dueOf({
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
