import type { Ledger } from './ledger';
import { PEOPLE } from '../lanes/people';
import { lostKey } from './ownKey';
import type { ChunkTable, Db } from './schema';
import type { Raw } from '../values';
import { unseal } from './encrypt';

/** What a campaign is told of one person. */
export interface Answer {
	success: boolean;
	/** Upper case with underscores; empty on success. */
	errorCode: string;
	reason: string;
	/** More that the step declares: the Dynamics ids, say. */
	values: Record<string, Raw>;
}

/** Where a flow step wants to be called back (Adobe, Self-Service Flow Steps 1.0). Holds secrets. */
export interface Callback {
	url: string;
	token: string;
	apiKey: string;
	munchkinId: string;
}

/** Calling back is tried so often, later each time, before it is given up. */
const MOST_CALLS = 8;

const CANNOT_OPEN =
	'Its address cannot be decrypted: it was encrypted with another key (ledger.key), or altered';

/**
 * The end of requests. The first answer stands. A flow step's invocation is to be called back once
 * all of its people have one. Unknown ids are left out; answers how many were news.
 */
export async function answerRequests(
	ledger: Ledger,
	answers: Array<{ request: string; answer: Answer }>,
): Promise<number> {
	if (answers.length === 0) return 0;
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const chunks = new Set<string>();
		let news = 0;
		for (const { request, answer } of answers) {
			const row = await db
				.updateTable('request')
				.set({ state: 'answered', answer: JSON.stringify(answer), answered_at: now, batch: null })
				.where('id', '=', request)
				.where('state', '!=', 'answered')
				.returning('chunk')
				.executeTakeFirst();
			if (!row) continue;
			news++;
			if (row.chunk) chunks.add(row.chunk);
		}
		for (const chunk of chunks) await closeChunk(db, chunk, now);
		return news;
	});
}

async function closeChunk(db: Db, chunk: string, now: number): Promise<void> {
	const open = await db
		.selectFrom('request')
		.select('id')
		.where('chunk', '=', chunk)
		.where('state', '!=', 'answered')
		.limit(1)
		.executeTakeFirst();
	if (!open)
		await db
			.updateTable('chunk')
			.set({ state: 'due', due_at: now })
			.where('id', '=', chunk)
			.where('state', '=', 'open')
			.execute();
}

/** The answer of one request; null while it is worked on. */
export async function answerOf(db: Db, request: string): Promise<Answer | null> {
	const row = await db
		.selectFrom('request')
		.select('answer')
		.where('id', '=', request)
		.executeTakeFirst();
	return row?.answer ? (JSON.parse(row.answer) as Answer) : null;
}

/** An invocation whose people all have an answer. */
export interface DueCallback {
	chunk: string;
	callback: Callback;
	people: Array<{ person: string; answer: Answer }>;
}

/**
 * Claims one callback that is due, of this receiver; null when none is. One that a dead process claimed is
 * due again after a lease. Marketo refuses a second use of its token, so a repeat does no harm. One that
 * cannot be opened is given up; while the ledger's key is missing they all wait for it.
 */
export async function claimCallback(ledger: Ledger, receiver: string): Promise<DueCallback | null> {
	return await ledger.db.transaction().execute(async (db) => {
		if ((await lostKey(ledger, db)) !== undefined) return null;
		const now = ledger.clock.now();
		for (
			let chunk = await dueChunk(db, receiver, now);
			chunk;
			chunk = await dueChunk(db, receiver, now)
		) {
			const callback = open(ledger, chunk);
			const next = callback
				? {
						state: 'calling' as const,
						due_at: now + ledger.timing.lease,
						attempts: chunk.attempts + 1,
					}
				: { state: 'failed' as const, callback: '', reason: CANNOT_OPEN };
			await db.updateTable('chunk').set(next).where('id', '=', chunk.id).execute();
			if (!callback) continue;
			const rows = await db
				.selectFrom('request')
				.selectAll()
				.where('chunk', '=', chunk.id)
				.orderBy('id')
				.execute();
			return {
				chunk: chunk.id,
				callback,
				people: rows.map((row) => ({
					person: row.person,
					answer: JSON.parse(row.answer!) as Answer,
				})),
			};
		}
		return null;
	});
}

async function dueChunk(db: Db, receiver: string, now: number): Promise<ChunkTable | undefined> {
	return await db
		.selectFrom('chunk')
		.selectAll()
		.where('receiver', '=', receiver)
		.where('state', 'in', ['due', 'calling'])
		.where('due_at', '<=', now)
		.orderBy('due_at')
		.limit(1)
		.executeTakeFirst();
}

/** Undefined for what was sealed with another key, or altered. */
function open(ledger: Ledger, { callback }: ChunkTable): Callback | undefined {
	try {
		return JSON.parse(unseal(ledger, callback)) as Callback;
	} catch {
		return undefined;
	}
}

/** How the callback of an invocation stands, and why it was not taken. */
export async function callbackState(
	db: Db,
	chunk: string,
): Promise<{ state: string; reason: string } | undefined> {
	return await db
		.selectFrom('chunk')
		.select(['state', 'reason'])
		.where('id', '=', chunk)
		.executeTakeFirst();
}

/** Marketo took the callback: its secrets are forgotten. */
export async function callbackDone(ledger: Ledger, chunk: string): Promise<void> {
	await ledger.db
		.updateTable('chunk')
		.set({ state: 'done', callback: '', reason: '' })
		.where('id', '=', chunk)
		.execute();
}

/** It did not: tried again later; given up when `final` or after too many tries. */
export async function callbackFailed(
	ledger: Ledger,
	chunk: string,
	reason: string,
	final = false,
): Promise<void> {
	const row = await ledger.db
		.selectFrom('chunk')
		.selectAll()
		.where('id', '=', chunk)
		.executeTakeFirst();
	if (!row) return;
	const over = final || row.attempts >= MOST_CALLS;
	const pause = (ledger.timing.retry / 10) * 2 ** Math.min(row.attempts, MOST_CALLS);
	const next: Partial<ChunkTable> = over
		? { state: 'failed', callback: '', reason }
		: { state: 'due', due_at: ledger.clock.now() + pause, reason };
	await ledger.db.updateTable('chunk').set(next).where('id', '=', chunk).execute();
}

/** Nobody has taken these people for so long: their workflow was deleted, or switched off for good. */
const UNTAKEN_MS = 90 * 86_400_000;
/** At a time: nobody waits for it. */
const FORGOTTEN_AT_ONCE = 2_000;

/** Forgets what ended that long ago (milliseconds), people's parameters with it. */
export async function forgetAnswered(
	{ db, clock }: Pick<Ledger, 'db' | 'clock'>,
	olderThanMs: number,
): Promise<void> {
	const before = clock.now() - olderThanMs;
	const requests = db
		.selectFrom('request')
		.select('id')
		.where('answered_at', '<', before)
		.orderBy('answered_at')
		.limit(FORGOTTEN_AT_ONCE);
	await db.deleteFrom('request').where('id', 'in', requests).execute();
	const untaken = db
		.selectFrom('request')
		.select('id')
		.where('lane', '=', PEOPLE)
		.where('state', '=', 'waiting')
		.where('due_at', '<', clock.now() - UNTAKEN_MS)
		.limit(FORGOTTEN_AT_ONCE);
	await db.deleteFrom('request').where('id', 'in', untaken).execute();
	const chunks = db
		.selectFrom('chunk')
		.select('id')
		.where('state', 'in', ['done', 'failed'])
		.where('created_at', '<', before)
		.limit(FORGOTTEN_AT_ONCE);
	await db.deleteFrom('chunk').where('id', 'in', chunks).execute();
}
