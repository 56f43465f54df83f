import { createHash } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { withoutNulIn } from './patientPostgres';
import type { Db, LedgerTables } from './schema';

/** By what the rows of each table are told apart: a copy goes through them in this order, piece by piece. */
const KEYS: { [Table in keyof LedgerTables]: Array<keyof LedgerTables[Table] & string> } = {
	meta: ['name'],
	lane: ['name'],
	run: ['id'],
	page: ['run', 'number'],
	feed: ['lane', 'name'],
	edition: ['lane'],
	link: ['id'],
	base_field: ['id'],
	plan: ['seq'],
	held: ['link', 'side', 'field'],
	queue: ['lane', 'subject'],
	conflict: ['id'],
	history: ['id'],
	claim: ['key'],
	waiting: ['parent', 'lane', 'subject'],
	seen: ['guid'],
	edit: ['guid', 'field'],
	catalogue: ['table_name'],
	mapping: ['lane'],
	log: ['id'],
	call: ['id'],
	file: ['lane', 'job'],
	request: ['id'],
	chunk: ['id'],
};

export const TABLE_KEYS: Readonly<Record<string, readonly string[]>> = KEYS;

/** About the place itself, not about the sync: these stay where they are. */
const OF_THE_PLACE = ['key.sealed', 'moved.to', 'moved.from'];

/** Rows at a time: what is in memory at once, and well below the parameters that a statement may have. */
const PIECE = 500;

/** What a table holds: how many rows, and a sum over all that is in them, in whatever order they come. */
export interface Content {
	rows: number;
	sum: bigint;
}

export type Contents = Map<string, Content>;

type AnyRow = Record<string, unknown>;
type AnyDb = Kysely<Record<string, AnyRow>>;

/** The numbers that an automatic increment has given out last, by table: none is given out twice. */
export interface Counters {
	read(db: Db): Promise<Record<string, number>>;
	set(db: Db, counters: Record<string, number>): Promise<void>;
}

/** A ledger as a copy sees it: its tables, and what only its kind of database knows. */
export interface Copied {
	db: Db;
	counters: Counters;
}

/**
 * Makes a ledger the same as another one of the same version, whatever kind of database either is in. To be called with
 * transactions: of the one that is read, so that it stands still; of the other, so that all of it comes, or nothing.
 *
 * @param onTable how far it is
 * @throws Error where what was written is not what was read
 */
export async function copyAll(
	from: Copied,
	to: Copied,
	onTable: (table: string) => void = () => undefined,
): Promise<Contents> {
	const contents: Contents = new Map();
	for (const table of Object.keys(KEYS)) {
		onTable(table);
		await empty(to.db, table);
		const read = await eachPiece(from.db, table, inserter(to.db as unknown as AnyDb, table));
		const written = await eachPiece(to.db, table, async () => undefined);
		if (read.rows !== written.rows || read.sum !== written.sum)
			throw new Error(
				`The copy of "${table}" is not the same: ${read.rows} rows were read, and the copy has ${written.rows}`,
			);
		contents.set(table, read);
	}
	await to.counters.set(to.db, await from.counters.read(from.db));
	return contents;
}

/** The statement of a whole piece is made once: making it anew takes longer than running it. */
function inserter(db: AnyDb, table: string): (rows: AnyRow[]) => Promise<void> {
	let whole: { statement: string; columns: string[] } | undefined;
	return async (rows) => {
		if (whole && rows.length === PIECE) {
			const { statement, columns } = whole;
			const values = rows.flatMap((row) => columns.map((column) => row[column]));
			await db.executeQuery(CompiledQuery.raw(statement, values));
			return;
		}
		const insert = db.insertInto(table).values(rows);
		if (rows.length === PIECE)
			whole = { statement: insert.compile().sql, columns: Object.keys(rows[0]!) };
		await insert.execute();
	};
}

/** How many rows each table has. */
export async function countRows(db: Db): Promise<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const table of Object.keys(KEYS)) {
		const rows = (db as unknown as AnyDb).selectFrom(table);
		const { count } = await rows
			.select((e) => e.fn.countAll().as('count'))
			.executeTakeFirstOrThrow();
		counts[table] = Number(count);
	}
	return counts;
}

async function empty(db: Db, table: string): Promise<void> {
	const rows = (db as unknown as AnyDb).deleteFrom(table);
	await (table === 'meta' ? rows.where('name', 'not in', OF_THE_PLACE) : rows).execute();
}

async function eachPiece(
	db: Db,
	table: string,
	work: (rows: AnyRow[]) => Promise<void>,
): Promise<Content> {
	const keys = TABLE_KEYS[table]!;
	const content = { rows: 0, sum: 0n };
	for (let last: AnyRow | undefined; ; ) {
		const found = await pieceAfter(db, table, keys, last);
		const rows =
			table === 'meta' ? found.filter(({ name }) => !OF_THE_PLACE.includes(String(name))) : found;
		if (rows.length > 0) await work(rows);
		for (const row of rows) content.sum = BigInt.asUintN(128, content.sum + sumOf(row));
		content.rows += rows.length;
		if (found.length < PIECE) return content;
		last = found.at(-1);
	}
}

async function pieceAfter(
	db: Db,
	table: string,
	keys: readonly string[],
	last: AnyRow | undefined,
): Promise<AnyRow[]> {
	let query = (db as unknown as AnyDb).selectFrom(table).selectAll().limit(PIECE);
	for (const key of keys) query = query.orderBy(key);
	if (!last) return await query.execute();
	const [first, ...others] = keys as [string, ...string[]];
	if (others.length === 0) return await query.where(first, '>', last[first] as never).execute();
	return await query
		.where((e) => {
			const ref = e.refTuple as unknown as (...names: string[]) => never;
			const tuple = e.tuple as unknown as (...values: unknown[]) => never;
			return e(ref(...keys), '>', tuple(...keys.map((key) => last[key])));
		})
		.execute();
}

/** Of one row. Databases give the same whole number as a number or as text. */
function sumOf(row: AnyRow): bigint {
	const hash = createHash('sha256');
	for (const column of Object.keys(row).sort()) hash.update(`${column}=${inText(row[column])};`);
	return BigInt(`0x${hash.digest('hex').slice(0, 32)}`);
}

function inText(value: unknown): string {
	if (value === null || value === undefined) return '';
	if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
	return JSON.stringify(withoutNulIn(String(value)));
}
