import type { Selectable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable, Side, Table } from '../items';
import { inPieces } from './inPieces';
import type { Db, RefusalTable } from './schema';

/** A field that stays behind because the target refuses its value (R36); an empty field: the record as a whole. */
export interface Refusal {
	lane: string;
	link: number;
	side: Side;
	field: string;
	/** Fingerprint of the source value that was refused: another value is tried anew. */
	source: Fingerprint;
	/** Fingerprint of what stood there at that time: an edit of it settles the field. Null: not known. */
	stood: Fingerprint | null;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	label: string;
	/** The person whose address it waits for (R24). */
	waitsFor: string | null;
	/** The value is sent again, or the record rests. */
	isQuiet: boolean;
}

/** Which field of which side. */
export type RefusedField = Pick<Refusal, 'link' | 'side' | 'field'>;

/** A refusal, or its end, that nobody was shown yet. */
export interface UntoldRefusal extends Refusal {
	isSolved: boolean;
	table: DynamicsTable;
	dynamicsId: string;
	marketoId: string | null;
}

/** What stays behind of these links, by link; `all`: also what nobody is shown. */
export async function refusalsOf(
	db: Db,
	links: number[],
	all = false,
): Promise<Map<number, Refusal[]>> {
	const rows = await inPieces(
		links,
		async (piece) =>
			await db
				.selectFrom('held')
				.selectAll()
				.where('link', 'in', piece)
				.where('state', 'in', all ? ['held', 'quiet'] : ['held'])
				.orderBy('since')
				.execute(),
	);
	return Map.groupBy(rows.map(refusalOf), ({ link }) => link);
}

/** Which of these links have something that stays behind. */
export async function linksWithRefusals(db: Db, links: number[]): Promise<Set<number>> {
	const rows = await inPieces(
		links,
		async (piece) =>
			await db
				.selectFrom('held')
				.select('link')
				.where('link', 'in', piece)
				.where('state', '!=', 'solved')
				.execute(),
	);
	return new Set(rows.map(({ link }) => link));
}

/** R18: a field that is changed again whenever it is written. */
export const PING_PONG = 'pingPong';

/** Keeps a refusal; false where the very same one is kept already: no news. */
export async function keepRefusal(db: Db, refusal: Omit<Refusal, 'isQuiet'>): Promise<boolean> {
	const before = await thatOne(db.selectFrom('held').selectAll(), refusal).executeTakeFirst();
	if (
		before?.state === 'held' &&
		before.source === refusal.source &&
		before.code === refusal.code
	) {
		const { reason, waitsFor } = refusal;
		if (waitsFor !== before.waits_for)
			await thatOne(db.updateTable('held').set({ reason, waits_for: waitsFor }), refusal).execute();
		return false;
	}
	// Such a value is another one each time; people were told what goes on.
	const isNews = !(
		before?.state === 'held' &&
		before.code === PING_PONG &&
		refusal.code === PING_PONG
	);
	const { waitsFor, ...rest } = refusal;
	const row = {
		...rest,
		waits_for: waitsFor,
		state: 'held' as const,
		told: isNews ? 0 : before!.told,
	};
	await db
		.insertInto('held')
		.values(row)
		.onConflict((c) => c.columns(['link', 'side', 'field']).doUpdateSet(row))
		.execute();
	return isNews;
}

export async function solveRefusal(db: Db, field: RefusedField): Promise<void> {
	await thatOne(db.updateTable('held').set({ state: 'solved', told: 0 }), field)
		.where('state', '!=', 'solved')
		.execute();
}

/** It is sent again: known still, and shown as it was until that has come to something. */
export async function quietRefusal(db: Db, field: RefusedField): Promise<void> {
	await thatOne(db.updateTable('held').set({ state: 'quiet' }), field)
		.where('state', '=', 'held')
		.execute();
}

/** It stays behind as before, and people are shown it again. */
export async function sayRefusalAgain(db: Db, field: RefusedField): Promise<void> {
	await thatOne(db.updateTable('held').set({ state: 'held', told: 0 }), field)
		.where('state', '=', 'quiet')
		.execute();
}

/** Links that wait for a person's address. */
export async function linksWaitingFor(db: Db, lane: string, person: string): Promise<number[]> {
	const rows = await db
		.selectFrom('held')
		.select('link')
		.where('waits_for', '=', person)
		.where('lane', '=', lane)
		.where('state', '=', 'held')
		.execute();
	return rows.map(({ link }) => link);
}

/** All that stays behind of a link is solved. */
export async function solveRefusalsOf(db: Db, link: number): Promise<void> {
	await db
		.updateTable('held')
		.set({ state: 'solved', told: 0 })
		.where('link', '=', link)
		.where('state', '!=', 'solved')
		.execute();
}

/** The record rests: what stays behind of it for one cause is known still once it goes on, all else is solved. */
export async function restRefusalsOf(db: Db, link: number, code: string): Promise<void> {
	const ofLink = db.updateTable('held').where('link', '=', link);
	await ofLink
		.set({ state: 'quiet', told: 0 })
		.where('code', '=', code)
		.where('state', '=', 'held')
		.execute();
	await ofLink
		.set({ state: 'solved', told: 0 })
		.where('code', '!=', code)
		.where('state', '!=', 'solved')
		.execute();
}

/** What stays behind of one field, of all records of a table. */
export async function solveRefusalsOfField(
	db: Db,
	of: { lane: string; table: DynamicsTable; side: Side; field: string },
): Promise<void> {
	await db
		.updateTable('held')
		.set({ state: 'solved', told: 0 })
		.where('lane', '=', of.lane)
		.where('state', '!=', 'solved')
		.where('side', '=', of.side)
		.where('field', '=', of.field)
		.where((e) =>
			e.exists(
				e
					.selectFrom('link')
					.select('link.id')
					.whereRef('link.id', '=', 'held.link')
					.where('link.table_name', '=', of.table),
			),
		)
		.execute();
}

/** Links with anything that stays behind, once each. */
export async function allLinksWithRefusals(db: Db, lane: string): Promise<number[]> {
	return (
		await db
			.selectFrom('held')
			.select('link')
			.distinct()
			.where('lane', '=', lane)
			.where('state', '=', 'held')
			.execute()
	).map(({ link }) => link);
}

/** Everything that stays behind, the newest first, with the records it belongs to. */
export async function allRefusals(db: Db, lane: string): Promise<UntoldRefusal[]> {
	return (
		await withRecords(db, lane)
			.where('held.state', '=', 'held')
			.orderBy('held.since', 'desc')
			.execute()
	).map(withRecord);
}

/** What stays behind of one table for one cause, with the records it belongs to. */
export async function refusalsWithCode(
	db: Db,
	table: Table,
	code: string,
): Promise<UntoldRefusal[]> {
	if (table === 'person') return [];
	const held = db
		.selectFrom('held')
		.innerJoin('link', 'link.id', 'held.link')
		.selectAll('held')
		.select(['link.table_name', 'link.dynamics_id', 'link.marketo_id'])
		.where('link.table_name', '=', table)
		.where('held.state', '=', 'held')
		.where('held.code', '=', code);
	return (await held.execute()).map(withRecord);
}

export async function countRefusals(db: Db, lane: string): Promise<number> {
	const { count } = await db
		.selectFrom('held')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('state', '=', 'held')
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** The name under which a record's refusals were shown; empty where there is none. */
export async function labelOfRefusals(db: Db, link: number): Promise<string> {
	const row = await db
		.selectFrom('held')
		.select('label')
		.where('link', '=', link)
		.where('label', '!=', '')
		.executeTakeFirst();
	return row?.label ?? '';
}

/** Fields of which people are to be told. */
export function refusalUntold(db: Db, lane: string) {
	return db.selectFrom('held').select('link').where('lane', '=', lane).where('told', '=', 0);
}

export async function untoldRefusals(db: Db, lane: string, most: number): Promise<UntoldRefusal[]> {
	return (await withRecords(db, lane).where('held.told', '=', 0).limit(most).execute()).map(
		withRecord,
	);
}

/** People were shown it; what is solved is forgotten with that. */
export async function refusalTold(db: Db, refusal: UntoldRefusal): Promise<void> {
	if (refusal.isSolved)
		await thatOne(db.deleteFrom('held'), refusal).where('state', '=', 'solved').execute();
	await thatOne(db.updateTable('held').set({ told: 1 }), refusal).execute();
}

function thatOne<
	Query extends { where(column: 'link' | 'side' | 'field', is: '=', value: never): Query },
>(query: Query, { link, side, field }: RefusedField): Query {
	return query
		.where('link', '=', link as never)
		.where('side', '=', side as never)
		.where('field', '=', field as never);
}

function withRecords(db: Db, lane: string) {
	return db
		.selectFrom('held')
		.where('held.lane', '=', lane)
		.innerJoin('link', 'link.id', 'held.link')
		.selectAll('held')
		.select(['link.table_name', 'link.dynamics_id', 'link.marketo_id']);
}

function refusalOf({
	lane,
	link,
	side,
	field,
	source,
	stood,
	code,
	reason,
	remedy,
	since,
	run,
	label,
	waits_for: waitsFor,
	state,
}: Selectable<RefusalTable>): Refusal {
	return {
		lane,
		link,
		side,
		field,
		source,
		stood,
		code,
		reason,
		remedy,
		since: Number(since),
		run,
		label,
		waitsFor,
		isQuiet: state === 'quiet',
	};
}

function withRecord(
	row: Selectable<RefusalTable> & {
		table_name: DynamicsTable;
		dynamics_id: string;
		marketo_id: string | null;
	},
): UntoldRefusal {
	return {
		...refusalOf(row),
		isSolved: row.state !== 'held',
		table: row.table_name,
		dynamicsId: row.dynamics_id,
		marketoId: row.marketo_id,
	};
}
