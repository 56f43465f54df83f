import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Fingerprint } from '../fingerprint';
import type { DynamicsTable, Side } from '../items';
import { baseFields } from './baseFields';
import { readBases, storedBases, type BaseField, type Bases, type ReadonlyBases } from './bases';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import type { Db, Deletion, LinkState, LinkTable } from './schema';
import { isByKey } from '../ports';
import { subjectOf } from './subject';

export type { LinkState };

/**
 * What was written lately, for ping-pong (R18): `side:field` → cycle, fingerprint and how many writes in a row have
 * answered an edit of what was written before, oldest first.
 */
export type Wrote = Record<string, Array<[number, Fingerprint, number?]>>;

/** When fields were edited that are not settled yet: `side:field` → the value's fingerprint, and the time in ISO 8601. */
export type EditTimes = Record<string, [Fingerprint, string]>;

/** A Dynamics row and what belongs to it in Marketo: a person, say. */
export interface Link {
	readonly id: number;
	readonly lane: string;
	readonly table: DynamicsTable;
	readonly dynamicsId: string;
	/** Kind of the Marketo record. */
	readonly object: string;
	marketoId: string | null;
	state: LinkState;
	/** Row version the ledger saw last (R5); null: not seen since it was made or written (R45). */
	version: string | null;
	/** Fingerprint of the e-mail, for matching without keeping it; of what goes one way, of a key that is more than the row's id. */
	emailKey: string | null;
	/** Those that were made by the mapping rows in force; others are unset (R50). */
	bases: Record<Side, Bases>;
	wrote: Wrote;
	/** For *Newest Wins*. */
	editTimes: EditTimes;
	/** Which key made the bases (R31). */
	keyId: string;
	/** The full read in which the Dynamics row was last seen (R32). */
	generation: number;
	/** The row was inactive when it was seen last (R49). */
	isInactive: boolean;
	/** The edition of the mapping by which the two were compared last (R50). */
	edition: number;
	/** Of a tombstone: what is to follow by choice (R29). */
	deletion: Deletion | null;
	readonly createdAt: number;
	/** When what it says was last changed; milliseconds, as all times here. */
	updatedAt: number;
}

/** What may be changed of a link. */
export type LinkChange = Partial<
	Omit<Link, 'id' | 'lane' | 'table' | 'dynamicsId' | 'object' | 'createdAt'>
>;
export type NewLink = Omit<Link, 'id' | 'isInactive' | 'editTimes' | 'edition' | 'deletion'> &
	Partial<Pick<Link, 'isInactive' | 'editTimes' | 'edition' | 'deletion'>>;

/** Nothing was ever compared. */
export const noBases = (): Link['bases'] => ({ dynamics: new Map(), marketo: new Map() });

/** A link that is none any more: its row is there, and belongs to nobody. */
export const unlinked = (updatedAt: number): LinkChange => ({
	state: 'unlinked',
	marketoId: null,
	emailKey: null,
	bases: noBases(),
	wrote: {},
	editTimes: {},
	deletion: null,
	updatedAt,
});

/** R27: a link that a person has ended, and that is not made again by itself. Whom it was with stays known, to be told. */
export const apart = ({ marketoId }: Link, updatedAt: number): LinkChange => ({
	...unlinked(updatedAt),
	state: 'apart',
	marketoId,
});

const NO_BASES: ReadonlyBases = new Map();

/** A link's bases of one side. Those made with another key are unset (R31). */
export function basesOf({ key }: Pick<Ledger, 'key'>, link: Link, side: Side): ReadonlyBases {
	return link.keyId === key.id ? link.bases[side] : NO_BASES;
}

/** Those of both sides, to be moved: what a page thinks of a pair does not change the link before it is saved. */
export function copiedBases(ledger: Pick<Ledger, 'key'>, link: Link): Link['bases'] {
	return {
		dynamics: new Map(basesOf(ledger, link, 'dynamics')),
		marketo: new Map(basesOf(ledger, link, 'marketo')),
	};
}

export async function linksOfRows(db: Db, lane: string, ids: string[]): Promise<Link[]> {
	const rows = await inPieces(
		ids,
		async (piece) =>
			await db
				.selectFrom('link')
				.selectAll()
				.where('lane', '=', lane)
				.where('dynamics_id', 'in', piece)
				.execute(),
	);
	return await linksOf(db, rows);
}

/** Of these rows those whose record Marketo has: its id there, by the row's. */
export async function recordsOfRows(
	db: Db,
	lane: string,
	ids: string[],
): Promise<Map<string, string>> {
	const rows = await inPieces(
		ids,
		async (piece) =>
			await db
				.selectFrom('link')
				.select(['dynamics_id', 'marketo_id'])
				.where('lane', '=', lane)
				.where('dynamics_id', 'in', piece)
				.where('marketo_id', 'is not', null)
				.where('state', 'not in', NOT_THERE)
				.execute(),
	);
	const known = rows.filter(({ marketo_id }) => !isByKey(marketo_id!));
	return new Map(known.map((row) => [row.dynamics_id, row.marketo_id!]));
}

/** R39: whether the record of a row is there, for whoever names it; as `recordsOfRows`. */
export function hasRecord({ state, marketoId }: Link): boolean {
	return marketoId !== null && !isByKey(marketoId) && !NOT_THERE.includes(state);
}

/** Links by the key of their record, where that is more than the row's id; oldest first. */
export async function linksOfKeys(db: Db, lane: string, keys: string[]): Promise<Link[]> {
	const rows = await inPieces(
		keys,
		async (piece) =>
			await db
				.selectFrom('link')
				.selectAll()
				.where('email_key', 'in', piece)
				.where('lane', '=', lane)
				.orderBy('id')
				.execute(),
	);
	return await linksOf(db, rows);
}

/** Of people, in these states or all. */
export async function linksOfPeople(
	db: Db,
	lane: string,
	people: string[],
	states?: LinkState[],
): Promise<Link[]> {
	const rows = await inPieces(people, async (piece) => {
		const all = db
			.selectFrom('link')
			.selectAll()
			.where('lane', '=', lane)
			.where('marketo_id', 'in', piece)
			.orderBy('id');
		return await (states ? all.where('state', 'in', states) : all).execute();
	});
	return await linksOf(db, rows);
}

export async function linksById(db: Db, ids: number[]): Promise<Map<number, Link>> {
	const rows = await inPieces(
		[...new Set(ids)],
		async (piece) => await db.selectFrom('link').selectAll().where('id', 'in', piece).execute(),
	);
	return new Map((await linksOf(db, rows)).map((link) => [link.id, link]));
}

/** The link of a Dynamics row, whatever its state. */
export async function linkOfRow(
	db: Db,
	lane: string,
	table: DynamicsTable,
	id: string,
): Promise<Link | undefined> {
	const row = await db
		.selectFrom('link')
		.selectAll()
		.where('lane', '=', lane)
		.where('dynamics_id', '=', id)
		.where('table_name', '=', table)
		.executeTakeFirst();
	return row && (await linksOf(db, [row]))[0];
}

/** Who belongs to whom, after a link and in the order of linking. */
export async function linkedAfter(
	db: Db,
	lane: string,
	id: number,
	most: number,
): Promise<Array<Pick<Link, 'id' | 'table' | 'dynamicsId' | 'object'> & { marketoId: string }>> {
	const rows = await db
		.selectFrom('link')
		.select(['id', 'table_name', 'dynamics_id', 'object', 'marketo_id'])
		.where('lane', '=', lane)
		.where('state', '=', 'active')
		.where('id', '>', id)
		.orderBy('id')
		.limit(most)
		.execute();
	return rows.map((row) => ({
		id: Number(row.id),
		table: row.table_name,
		dynamicsId: row.dynamics_id,
		object: row.object,
		marketoId: row.marketo_id!,
	}));
}

/** A table's links whose row no full read since `generation` has met (R32). */
export async function linksNotMet(
	db: Db,
	lane: string,
	table: DynamicsTable,
	generation: number,
): Promise<Link[]> {
	const rows = await db
		.selectFrom('link')
		.selectAll()
		.where('lane', '=', lane)
		.where('table_name', '=', table)
		.where('state', 'in', ['active', 'secondary', 'creating'])
		.where('generation', '<', generation)
		.execute();
	return await linksOf(db, rows);
}

/** Pairs whose values flow; or those that the filter leaves out (R54). */
export async function countLinked(
	db: Db,
	lane: string,
	state: 'active' | 'leftOut' = 'active',
): Promise<number> {
	const { count } = await db
		.selectFrom('link')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('state', '=', state)
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** The rows that were linked last and whose values flow, as subjects. */
export async function lastLinked(db: Db, lane: string, most: number): Promise<string[]> {
	const rows = await db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id'])
		.where('lane', '=', lane)
		.where('state', '=', 'active')
		.orderBy('id', 'desc')
		.limit(most)
		.execute();
	return rows.map((row) => subjectOf(row.table_name, row.dynamics_id));
}

async function makeLink(db: Db, link: NewLink): Promise<Link> {
	const { id } = await db
		.insertInto('link')
		.values((await rowOf(db, link, link)) as Insertable<LinkTable>)
		.returning('id')
		.executeTakeFirstOrThrow();
	return {
		isInactive: false,
		editTimes: {},
		edition: 0,
		deletion: null,
		...link,
		id: Number(id),
	};
}

/** What a row's link is from now on, whether it had one before or not. */
export async function putLink(
	db: Db,
	before: Link | undefined,
	row: Pick<Link, 'lane' | 'table' | 'dynamicsId' | 'object'>,
	to: Omit<NewLink, 'lane' | 'table' | 'dynamicsId' | 'object' | 'createdAt'>,
): Promise<Link> {
	if (!before) return await makeLink(db, { ...to, ...row, createdAt: to.updatedAt });
	// Whoever is linked again owes nothing to a delete.
	await changeLink(db, before, { deletion: null, ...to });
	return before;
}

/** Changes a link, in the ledger and in hand. */
export async function changeLink(db: Db, link: Link, change: LinkChange): Promise<void> {
	Object.assign(link, change);
	await db
		.updateTable('link')
		.set(await rowOf(db, link, change))
		.where('id', '=', link.id)
		.execute();
}

/** As `changeLink`, where it is still in that state. False: somebody was first; the link in hand stays as it was. */
export async function changeLinkIn(
	db: Db,
	state: LinkState,
	link: Link,
	change: LinkChange,
): Promise<boolean> {
	const { numUpdatedRows } = await db
		.updateTable('link')
		.set(await rowOf(db, link, change))
		.where('id', '=', link.id)
		.where('state', '=', state)
		.executeTakeFirst();
	if (Number(numUpdatedRows) === 0) return false;
	Object.assign(link, change);
	return true;
}

/** Forgets a link that has come to nothing, if it is still in that state. */
export async function dropLink(
	db: Db,
	{ id }: Pick<Link, 'id'>,
	state: 'creating' | 'reserved',
): Promise<void> {
	await db.deleteFrom('link').where('id', '=', id).where('state', '=', state).execute();
}

/** R29: what the other record still owes to a delete. */
const OWED: Deletion[] = ['counting', 'counted'];

/** R29: the other record is still to follow it. */
export function isOwed({ deletion }: Pick<Link, 'deletion'>): boolean {
	return deletion !== null && OWED.includes(deletion);
}

/** R35: tombstones from before then whose deletes were not counted in any run to its end. */
export async function countUncounted(db: Db, lane: string, before: number): Promise<number> {
	const { count } = await db
		.selectFrom('link')
		.select((e) => e.fn.countAll<number>().as('count'))
		.where('lane', '=', lane)
		.where('deletion', '=', 'counting')
		.where('updated_at', '<', before)
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** R35: the run has met all deletes there are, and they were not too many: the other records may follow. */
export async function noteCounted(db: Db, lane: string): Promise<void> {
	await db
		.updateTable('link')
		.set({ deletion: 'counted' })
		.where('lane', '=', lane)
		.where('deletion', '=', 'counting')
		.execute();
}

/** Links that are changed by one statement. */
const LINKS_AT_ONCE = 5_000;
/** Marketo has their record no more, or nobody says which one it is. */
const NOT_THERE: LinkState[] = ['goneInMarketo', 'unlinked', 'apart'];
const GONE: LinkState[] = ['goneInMarketo', 'goneInDynamics', 'unlinked', 'apart'];

/**
 * R43: what all pairs were last known to hold is forgotten, so that they meet anew, also where the row is gone and
 * may be restored. What a row held when its person was deleted stays known: a user's edit since makes a new person
 * (R29). Nothing is deleted any more for deletes of before. Returns how many pairs are there.
 */
export async function forgetBases(db: Db, lane: string, now: number): Promise<number> {
	const unset = { bases: null, version: null, wrote: '{}', edit_times: null, updated_at: now };
	let count = 0;
	await inIdRanges(db, async (from, to) => {
		const ofThese = (values: Partial<typeof unset>) =>
			db
				.updateTable('link')
				.set(values)
				.where('id', '>', from)
				.where('id', '<=', to)
				.where('lane', '=', lane);
		const { numUpdatedRows } = await ofThese(unset)
			.where('state', 'not in', GONE)
			.executeTakeFirst();
		count += Number(numUpdatedRows);
		await ofThese({ bases: null }).where('state', '=', 'goneInDynamics').execute();
	});
	await db
		.updateTable('link')
		.set({ deletion: null })
		.where('lane', '=', lane)
		.where('deletion', 'in', OWED)
		.execute();
	return count;
}

/** All links, so many at a time: one statement over a million of them would hold up n8n for half a minute. */
export async function inIdRanges(
	db: Db,
	work: (from: number, to: number) => Promise<void>,
): Promise<void> {
	const { last } = await db
		.selectFrom('link')
		.select((e) => e.fn.max('id').as('last'))
		.executeTakeFirstOrThrow();
	for (let from = 0; from < Number(last ?? 0); from += LINKS_AT_ONCE)
		await work(from, from + LINKS_AT_ONCE);
}

/** Ids of links that are no tombstones, for the rooms' own queries. */
export function aliveLinks(db: Db, lane: string) {
	return db.selectFrom('link').select('id').where('lane', '=', lane).where('state', 'not in', GONE);
}

async function linksOf(db: Db, rows: Array<Selectable<LinkTable>>): Promise<Link[]> {
	if (rows.length === 0) return [];
	const fields = await baseFields(db);
	return rows.map((row) => linkOf(row, (number) => fields.fieldOf(number)));
}

function linkOf(row: Selectable<LinkTable>, fieldOf: (number: number) => BaseField | null): Link {
	return {
		id: Number(row.id),
		lane: row.lane,
		table: row.table_name,
		dynamicsId: row.dynamics_id,
		object: row.object,
		marketoId: row.marketo_id,
		state: row.state,
		version: row.version,
		emailKey: row.email_key,
		bases: readBases(row.bases, fieldOf),
		wrote: JSON.parse(row.wrote) as Wrote,
		editTimes: JSON.parse(row.edit_times ?? '{}') as EditTimes,
		keyId: row.key_id,
		generation: Number(row.generation),
		isInactive: row.inactive === 1,
		edition: Number(row.edition),
		deletion: row.deletion,
		createdAt: Number(row.created_at),
		updatedAt: Number(row.updated_at),
	};
}

/** What is to be stored of a change; the fields of bases that are new to the ledger are numbered with it. */
async function rowOf(
	db: Db,
	of: Pick<Link, 'lane' | 'table'>,
	change: Partial<Link>,
): Promise<Updateable<LinkTable>> {
	const { bases, wrote, editTimes, isInactive } = change;
	const row: Updateable<LinkTable> = {
		lane: change.lane,
		table_name: change.table,
		dynamics_id: change.dynamicsId,
		object: change.object,
		marketo_id: change.marketoId,
		state: change.state,
		version: change.version,
		email_key: change.emailKey,
		bases: bases && (await packed(db, of, bases)),
		wrote: wrote && JSON.stringify(wrote),
		edit_times: editTimes && (Object.keys(editTimes).length > 0 ? JSON.stringify(editTimes) : null),
		key_id: change.keyId,
		generation: change.generation,
		inactive: isInactive === undefined ? undefined : Number(isInactive),
		edition: change.edition,
		deletion: change.deletion,
		created_at: change.createdAt,
		updated_at: change.updatedAt,
	};
	// What is not named stays as it is.
	return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

async function packed(
	db: Db,
	of: Pick<Link, 'lane' | 'table'>,
	bases: Link['bases'],
): Promise<Uint8Array | null> {
	if (bases.dynamics.size + bases.marketo.size === 0) return null;
	return storedBases(bases, await (await baseFields(db)).numbersFor(db, of, bases));
}
