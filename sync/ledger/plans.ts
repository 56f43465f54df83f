import { sql, type Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { Operation, Side } from '../items';
import { isOptOutColumn } from '../optOut';
import { rememberOutcome } from './history';
import { inPieces } from './inPieces';
import { aliveLinks } from './links';
import type { Db, PlanState, PlanTable } from './schema';

export type { PlanState };

/** Writes that were handed over, and of which nobody knows yet what became of them. */
export const ON_THE_WAY: readonly PlanState[] = ['sent', 'unknown', 'inFile'];

/** In place of a mapping row: a user's edit that our own write had replaced is put back as such (R13). */
export const PUT_BACK = 'putBack';
/** In place of a mapping row: a field that sync itself keeps on the person. */
export const OWN_FIELD = 'link';

/** What a plan means to write into one field: an intention. */
export interface PlannedField {
	/** Mapping row, `OWN_FIELD` or `PUT_BACK`. */
	row: string;
	/** Fingerprint of the new value, and of the value it expects to replace (null: unset). */
	new: Fingerprint;
	old: Fingerprint | null;
	/** Source column and the fingerprint of its value: becomes the source's base once this is written. */
	source: { column: string; value: Fingerprint } | null;
	/** Texts sent to Marketo: fingerprint of what the stored form must have in common with it (R14). */
	like?: Fingerprint;
	/** How many writes in a row, with this one, answer an edit of what was written before (R18). */
	answers?: number;
}

export type PlannedFields = Record<string, PlannedField>;

/** What a page decided to write into one record. */
export interface Plan {
	readonly id: string;
	readonly lane: string;
	readonly run: string;
	readonly page: number;
	readonly side: Side;
	readonly link: number;
	readonly operation: Operation;
	state: PlanState;
	fields: PlannedFields;
	/** Row version the write is conditional on. */
	readonly version: string | null;
	readonly createdAt: number;
	sentAt: number | null;
	/** When its call has ended, one way or the other: `sentAt` plus the call's time-out. */
	overAt: number | null;
	/** Order of planning: intentions of a field are read oldest first. */
	readonly seq: number;
}

/** R3: somebody is made by it, or their consent changes. */
export function comesFirst({ operation, fields }: Pick<Plan, 'operation' | 'fields'>): boolean {
	if (operation === 'create') return true;
	return Object.entries(fields).some(([name, { source }]) =>
		[name, source?.column ?? ''].some(isOptOutColumn),
	);
}

export type NewPlan = Pick<
	Plan,
	| 'id'
	| 'lane'
	| 'run'
	| 'page'
	| 'side'
	| 'link'
	| 'operation'
	| 'fields'
	| 'version'
	| 'createdAt'
>;

/** By link, oldest first. */
export async function plansOfLinks(
	db: Db,
	links: number[],
	side?: Side,
): Promise<Map<number, Plan[]>> {
	const rows = await inPieces(links, async (piece) => {
		const all = db.selectFrom('plan').selectAll().where('link', 'in', piece).orderBy('seq');
		return await (side ? all.where('side', '=', side) : all).execute();
	});
	return Map.groupBy(rows.map(planOf), (plan) => plan.link);
}

export async function plansById(db: Db, ids: string[]): Promise<Map<string, Plan>> {
	const rows = await inPieces(
		ids,
		async (piece) => await db.selectFrom('plan').selectAll().where('id', 'in', piece).execute(),
	);
	return new Map(rows.map((row) => [row.id, planOf(row)]));
}

export async function storePlan(db: Db, { createdAt, fields, ...plan }: NewPlan): Promise<void> {
	await db
		.insertInto('plan')
		.values({
			...plan,
			state: 'planned',
			fields: JSON.stringify(fields),
			created_at: createdAt,
			sent_at: null,
			over_at: null,
		})
		.execute();
}

/** R8: the intentions are on their way, until the call's time is over. */
export async function markSent(
	db: Db,
	ids: string[],
	sentAt: number,
	overAt: number,
): Promise<void> {
	await inPieces(
		ids,
		async (piece) =>
			await db
				.updateTable('plan')
				.set({ state: 'sent', sent_at: sentAt, over_at: overAt })
				.where('id', 'in', piece)
				.execute(),
	);
}

/** What became of a call that was sent: not after all (`planned`), or nobody knows, which the history says as well. */
export async function takeBackSent(
	db: Db,
	id: string,
	state: 'planned' | 'unknown',
): Promise<void> {
	await db
		.updateTable('plan')
		.set({ state })
		.where('id', '=', id)
		.where('state', '=', 'sent')
		.execute();
	if (state === 'unknown') await rememberOutcome(db, [id], 'no answer');
}

/** R56: they are in a file that Marketo has, and works off by itself. */
export async function areInFile(db: Db, ids: string[]): Promise<void> {
	await inPieces(
		ids,
		async (piece) =>
			await db
				.updateTable('plan')
				.set({ state: 'inFile' })
				.where('id', 'in', piece)
				.where('state', '=', 'sent')
				.execute(),
	);
}

/** Written to Marketo: the echo of what it replaced is awaited (R13). */
export async function awaitEcho(db: Db, ids: string[]): Promise<void> {
	await inPieces(
		ids,
		async (piece) =>
			await db.updateTable('plan').set({ state: 'echo' }).where('id', 'in', piece).execute(),
	);
}

/** Goes out once more, with what is left of it (R36). */
export async function planAgain(db: Db, id: string, fields: PlannedFields): Promise<void> {
	await db
		.updateTable('plan')
		.set({ state: 'planned', fields: JSON.stringify(fields) })
		.where('id', '=', id)
		.execute();
}

/** Fewer fields are meant or awaited than before; none: the plan is over. */
export async function keepFields(db: Db, id: string, fields: PlannedFields): Promise<void> {
	if (Object.keys(fields).length === 0) await dropPlans(db, [id]);
	else
		await db
			.updateTable('plan')
			.set({ fields: JSON.stringify(fields) })
			.where('id', '=', id)
			.execute();
}

export async function dropPlans(db: Db, ids: string[]): Promise<void> {
	await inPieces(
		ids,
		async (piece) => await db.deleteFrom('plan').where('id', 'in', piece).execute(),
	);
}

/** Drops a link's plans that are in one of these states, of one side or of both. */
export async function dropPlansOf(
	db: Db,
	link: number,
	states: PlanState[],
	side?: Side,
): Promise<void> {
	const all = db.deleteFrom('plan').where('link', '=', link).where('state', 'in', states);
	await (side ? all.where('side', '=', side) : all).execute();
}

/** R48: records of which a write to Marketo, over before then, was never logged; without those that are due or need help. */
export async function rowsNotEchoed(
	db: Db,
	lane: string,
	before: number,
	most: number,
): Promise<string[]> {
	const subject = sql<string>`link.table_name || ':' || link.dynamics_id`;
	const rows = await db
		.selectFrom('plan')
		.innerJoin('link', 'link.id', 'plan.link')
		.select(subject.as('subject'))
		.distinct()
		.where('plan.lane', '=', lane)
		.where('plan.state', '=', 'echo')
		.where('plan.over_at', '<=', before)
		.where('link.state', '=', 'active')
		.where((e) =>
			e.not(
				e.exists(
					e
						.selectFrom('queue')
						.select('queue.subject')
						.where('queue.lane', '=', lane)
						.where('queue.subject', '=', subject)
						.where((or) => or.or([or('queue.due_at', '>', 0), or('queue.state', '=', 'help')])),
				),
			),
		)
		.limit(most)
		.execute();
	return rows.map((row) => row.subject);
}

/** Whether the echo of a write is awaited that was over in this time. */
export async function isEchoAwaited(
	db: Db,
	lane: string,
	after: number,
	until: number,
): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('plan')
			.select('id')
			.where('lane', '=', lane)
			.where('state', '=', 'echo')
			.where('over_at', '>', after)
			.where('over_at', '<=', until)
			.limit(1)
			.executeTakeFirst(),
	);
}

/** Writes of these links that have no answer yet, older than `seq`; of one side. */
export async function unansweredBefore(
	db: Db,
	{ link, side, seq }: Pick<Plan, 'link' | 'side' | 'seq'>,
): Promise<Plan[]> {
	const rows = await db
		.selectFrom('plan')
		.selectAll()
		.where('link', '=', link)
		.where('side', '=', side)
		.where('state', '=', 'unknown')
		.where('seq', '<', seq)
		.execute();
	return rows.map(planOf);
}

/** Plans that were not settled: never sent, or sent without an answer. */
export async function leftBehind(db: Db, lane: string): Promise<Plan[]> {
	return (
		await db
			.selectFrom('plan')
			.selectAll()
			.where('lane', '=', lane)
			.where('state', 'in', ['planned', 'sent'])
			.execute()
	).map(planOf);
}

/** Whether anything is still to be written, or on its way. */
export async function isWriting(db: Db, lane: string): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('plan')
			.select('id')
			.where('lane', '=', lane)
			.where('state', 'in', ['planned', 'sent', 'inFile'])
			.limit(1)
			.executeTakeFirst(),
	);
}

/** Writes that may still arrive. */
export async function unansweredPlans(db: Db, lane: string): Promise<Plan[]> {
	return (
		await db
			.selectFrom('plan')
			.selectAll()
			.where('lane', '=', lane)
			.where('state', 'in', ON_THE_WAY)
			.orderBy('seq')
			.execute()
	).map(planOf);
}

/** Writes of a run that are on their way. */
export async function countSent(db: Db, lane: string, run: string): Promise<number> {
	const { count } = await db
		.selectFrom('plan')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('run', '=', run)
		.where('state', '=', 'sent')
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** Whether a run has writes that somebody is to make, or waits for. */
export async function isSomethingToWrite(db: Db, lane: string, run: string): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('plan')
			.select('id')
			.where('lane', '=', lane)
			.where('run', '=', run)
			.where('state', 'in', ['planned', 'sent'])
			.limit(1)
			.executeTakeFirst(),
	);
}

/** All plans of links that are no tombstones. Returns how many. */
export async function dropPlansOfLiving(db: Db, lane: string): Promise<number> {
	const { numDeletedRows } = await db
		.deleteFrom('plan')
		.where('link', 'in', aliveLinks(db, lane))
		.executeTakeFirst();
	return Number(numDeletedRows);
}

/** Id, link and state of the plans of these links that were sent. */
export async function sentPlans(
	db: Db,
	links: number[],
): Promise<Array<Pick<Plan, 'id' | 'link' | 'state'>>> {
	return await inPieces(
		links,
		async (piece) =>
			await db
				.selectFrom('plan')
				.select(['id', 'link', 'state'])
				.where('link', 'in', piece)
				.where('state', 'in', ON_THE_WAY)
				.execute(),
	);
}

function planOf(row: Selectable<PlanTable>): Plan {
	const number = (value: number | null) => (value === null ? null : Number(value));
	return {
		id: row.id,
		lane: row.lane,
		run: row.run,
		page: row.page,
		side: row.side,
		link: row.link,
		operation: row.operation,
		state: row.state,
		fields: JSON.parse(row.fields) as PlannedFields,
		version: row.version,
		createdAt: Number(row.created_at),
		sentAt: number(row.sent_at),
		overAt: number(row.over_at),
		seq: row.seq,
	};
}
