import type { RequestItem, Service } from '../items';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import type { Db, RequestTable } from './schema';
import type { Raw } from '../values';
import { PEOPLE } from '../lanes/people';
import { answerRequests, type Answer, type Callback } from './answers';
import { findLane } from './lanes';
import { seal } from './encrypt';

/** People of one batch: as many as Marketo reads and writes in one call. */
export const BATCH = 300;
/** More waiting than this, and new ones are told to come back: memory and answer times stay bounded. */
export const MOST_WAITING = 20_000;
/** Times a request is worked on before it is given up (R37). */
const MOST_ATTEMPTS = 4;

/** A person whom a campaign sends, as the call told it. */
export interface Incoming {
	service: Service;
	/** Marketo person id, digits only. */
	person: string;
	campaign: string;
	parameters: Record<string, Raw>;
	/** True for a batch campaign: taken with the next round of the sync, in bulk. */
	withNextRound?: boolean;
}

/** What Marketo knows an invocation by; one that comes twice is the same. */
export interface IncomingChunk {
	id: string;
	callback: Callback;
}

export type Accepted = { ids: string[] } | { full: true };

/**
 * Keeps people durably before the call is answered: what was answered 2xx is not lost. An invocation
 * that comes again changes nothing. `full`: too many wait already, nothing was kept.
 */
export async function acceptRequests(
	ledger: Ledger,
	receiver: string,
	incoming: Incoming[],
	chunk?: IncomingChunk,
): Promise<Accepted> {
	return await ledger.db.transaction().execute(async (db) => {
		if (
			chunk &&
			(await db.selectFrom('chunk').select('id').where('id', '=', chunk.id).executeTakeFirst())
		)
			return { ids: [] };
		if ((await countWaiting(db, receiver)) + incoming.length > MOST_WAITING) return { full: true };
		const now = ledger.clock.now();
		if (chunk) {
			await db
				.insertInto('chunk')
				.values({
					id: chunk.id,
					receiver,
					state: 'open',
					callback: seal(ledger, JSON.stringify(chunk.callback)),
					people: incoming.length,
					due_at: 0,
					attempts: 0,
					reason: '',
					created_at: now,
				})
				.execute();
		}
		const nextRound = await nextRoundAt(ledger, db);
		const rows = incoming.map(
			(one): RequestTable => ({
				id: ledger.random.id(),
				lane: PEOPLE,
				receiver,
				service: one.service,
				person: one.person,
				campaign: one.campaign,
				parameters: JSON.stringify(one.parameters),
				chunk: chunk?.id ?? null,
				state: 'waiting',
				due_at: one.withNextRound ? nextRound : now,
				attempts: 0,
				looks: 0,
				batch: null,
				taken_until: 0,
				answer: null,
				created_at: now,
				answered_at: null,
			}),
		);
		for (let from = 0; from < rows.length; from += 500)
			await db
				.insertInto('request')
				.values(rows.slice(from, from + 500))
				.execute();
		return { ids: rows.map((row) => row.id) };
	});
}

/** How many people wait for this receiver: what a status page and a flood guard want to know. */
export async function countWaiting(db: Db, receiver: string): Promise<number> {
	const { count } = await db
		.selectFrom('request')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('receiver', '=', receiver)
		.where('state', 'in', ['waiting', 'taken'])
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** Whether anybody whom a campaign has sent has no answer yet, of whichever receiver. */
export async function isAnybodyWaiting(db: Db): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('request')
			.select('id')
			.where('state', 'in', ['waiting', 'taken'])
			.limit(1)
			.executeTakeFirst(),
	);
}

/** The next round of the sync of people starts then; at the latest now if none is foreseen. */
async function nextRoundAt(ledger: Ledger, db: Db): Promise<number> {
	return Math.max(ledger.clock.now(), (await findLane(db, PEOPLE))?.nextDue ?? 0);
}

/** A round of a lane begins, be it sooner than foreseen: people who wait for it are due. */
export async function dueWithThisRound(ledger: Ledger, db: Db, lane: string): Promise<void> {
	const now = ledger.clock.now();
	await db
		.updateTable('request')
		.set({ due_at: now })
		.where('lane', '=', lane)
		.where('state', '=', 'waiting')
		.where('due_at', '>', now)
		.where('attempts', '=', 0)
		.where('looks', '=', 0)
		.execute();
}

/**
 * What is due, taken by one batch until it ends or dies; each taking counts before the work. Who was sent by a
 * trigger campaign, and is due at once, comes before thousands of a batch campaign; else the oldest first.
 */
export async function takeBatch(
	ledger: Ledger,
	receiver: string,
	most = BATCH,
): Promise<{ batch: string; items: RequestItem[] } | null> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		await db
			.updateTable('request')
			.set({ state: 'waiting', batch: null })
			.where('receiver', '=', receiver)
			.where('state', '=', 'taken')
			.where('taken_until', '<=', now)
			.execute();
		const rows = await db
			.selectFrom('request')
			.selectAll()
			.where('receiver', '=', receiver)
			.where('state', '=', 'waiting')
			.where('due_at', '<=', now)
			.orderBy((e) => e('due_at', '>', e.ref('created_at')))
			.orderBy('due_at')
			.orderBy('id')
			.limit(most)
			.execute();
		if (rows.length === 0) return null;
		const batch = ledger.random.id();
		await db
			.updateTable('request')
			.set((e) => ({
				state: 'taken',
				batch,
				taken_until: now + ledger.timing.lease,
				attempts: e('attempts', '+', 1),
			}))
			.where(
				'id',
				'in',
				rows.map((row) => row.id),
			)
			.execute();
		return { batch, items: rows.map(requestItem) };
	});
}

/** Whether anybody of the batch has no answer yet. */
export async function isBatchOpen(db: Db, batch: string): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('request')
			.select('id')
			.where('batch', '=', batch)
			.limit(1)
			.executeTakeFirst(),
	);
}

/** The batch is still being worked on. */
export async function keepBatch(ledger: Ledger, batch: string): Promise<void> {
	await ledger.db
		.updateTable('request')
		.set({ taken_until: ledger.clock.now() + ledger.timing.lease })
		.where('batch', '=', batch)
		.where('state', '=', 'taken')
		.execute();
}

/**
 * The batch's execution has ended. What it did not answer is done when it ended well, and tried again
 * when it did not; after some tries it is given up with a reason.
 */
export async function endBatch(ledger: Ledger, batch: string, endedWell: boolean): Promise<void> {
	const left = await ledger.db
		.selectFrom('request')
		.selectAll()
		.where('batch', '=', batch)
		.where('state', '=', 'taken')
		.execute();
	if (left.length === 0) return;
	if (endedWell) {
		await answerRequests(
			ledger,
			left.map((row) => ({
				request: row.id,
				answer: { success: true, errorCode: '', reason: '', values: {} },
			})),
		);
		return;
	}
	const again = left.filter((row) => row.attempts < MOST_ATTEMPTS);
	const over = left.filter((row) => row.attempts >= MOST_ATTEMPTS);
	for (const row of again)
		await tryAgain(ledger, ledger.db, row.id, ledger.timing.retry * 2 ** (row.attempts - 1));
	const reason = `The workflow failed ${MOST_ATTEMPTS} times; look at its executions in n8n`;
	await answerRequests(
		ledger,
		over.map((row) => ({
			request: row.id,
			answer: { success: false, errorCode: 'WORKFLOW_FAILED', reason, values: {} },
		})),
	);
}

/** Put back after a failure: it is worked on again after that many milliseconds. */
export async function tryAgain(
	ledger: Ledger,
	db: Db,
	request: string,
	afterMs: number,
): Promise<void> {
	await db
		.updateTable('request')
		.set({ state: 'waiting', batch: null, due_at: ledger.clock.now() + afterMs })
		.where('id', '=', request)
		.where('state', '=', 'taken')
		.execute();
}

/** Put back without a failure: nothing is known yet. `counts`: not for ever (`MOST_LOOKS`). */
export async function lookAgain(
	ledger: Ledger,
	db: Db,
	request: string,
	afterMs: number,
	counts: boolean,
): Promise<void> {
	await db
		.updateTable('request')
		.set((e) => ({
			state: 'waiting',
			batch: null,
			due_at: ledger.clock.now() + afterMs,
			attempts: e('attempts', '-', 1),
			looks: e('looks', '+', counts ? 1 : 0),
		}))
		.where('id', '=', request)
		.where('state', '=', 'taken')
		.execute();
}

/** A person who waits is looked at later each time, at the latest after this. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** So many looks (about three hours) and the campaign is told that it did not work. */
export const MOST_LOOKS = 40;

/** How long a request waits that could not be settled for the n-th time. */
export function pauseAfter(looks: number, firstMs: number): number {
	return Math.min(
		LONGEST_PAUSE_MS,
		Math.max(0, firstMs) * 2 ** Math.min(10, Math.max(0, looks - 1)),
	);
}

/** How far back a failed action of a person is looked for. */
const LAST_ACTIONS = 20;

/** Somebody wants a failed action tried again: the last request that failed is worked on once more. False: there is none. */
export async function askAgain(ledger: Ledger, db: Db, person: string): Promise<boolean> {
	const answered = await db
		.selectFrom('request')
		.select(['id', 'answer'])
		.where('person', '=', person)
		.where('state', '=', 'answered')
		.orderBy('answered_at', 'desc')
		.limit(LAST_ACTIONS)
		.execute();
	const last = answered.find(({ answer }) => !(JSON.parse(answer!) as Answer).success);
	if (!last) return false;
	// Its campaign has had its answer: no second one.
	const again = {
		state: 'waiting' as const,
		due_at: ledger.clock.now(),
		attempts: 0,
		looks: 0,
		answer: null,
		answered_at: null,
		chunk: null,
		batch: null,
	};
	await db.updateTable('request').set(again).where('id', '=', last.id).execute();
	return true;
}

/** Requests by id, in the order asked for; those that are not there are left out. */
export async function requestsById(db: Db, ids: string[]): Promise<RequestTable[]> {
	const rows = await inPieces(
		ids,
		async (piece) => await db.selectFrom('request').selectAll().where('id', 'in', piece).execute(),
	);
	const byId = new Map(rows.map((row) => [row.id, requestOf(row)]));
	return ids.flatMap((id) => byId.get(id) ?? []);
}

function requestOf(row: RequestTable): RequestTable {
	return {
		...row,
		due_at: Number(row.due_at),
		taken_until: Number(row.taken_until),
		created_at: Number(row.created_at),
		answered_at: row.answered_at === null ? null : Number(row.answered_at),
	};
}

export function requestItem(row: RequestTable): RequestItem {
	return {
		kind: 'request',
		request: row.id,
		table: 'person',
		id: row.person,
		label: `Person ${row.person}`,
		changedAt: new Date(Number(row.created_at)).toISOString(),
		service: row.service,
		campaign: row.campaign,
		values: JSON.parse(row.parameters) as Record<string, Raw>,
	};
}

/** Whether people of a campaign are worked on at present. */
export async function isTakenNow(db: Db, lane: string, now: number): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('request')
			.select('id')
			.where('lane', '=', lane)
			.where('state', '=', 'taken')
			.where('taken_until', '>', now)
			.limit(1)
			.executeTakeFirst(),
	);
}
