import { copyFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import path from 'node:path';
import { Kysely, Migrator, SqliteAdapter, type Dialect } from 'kysely';

import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { MIGRATIONS } from '../../../../sync/ledger/migrations';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { NEXT_MIGRATION } from './nextMigration';
import { OwnProcess } from './ownProcess';

/** Those of 0.1. */
const MIGRATIONS_OF_01 = Object.fromEntries(Object.entries(MIGRATIONS).slice(0, 4));

/** Seconds on two quiet cores; more where they are busy. */
jest.setTimeout(60_000);

let own: OwnProcess;
let files = 0;
/** What is in a ledger whose first start was not interrupted, and what that did. */
let whole: Record<string, unknown>;
let statements: string[];

beforeAll(async () => {
	own = new OwnProcess();
	const file = newFile();
	({ statements } = (await own.open({ file }))!);
	whole = { ...contentOf(file), rows: expect.anything() as unknown };
});
afterAll(() => own.remove());
afterEach(() => {
	jest.restoreAllMocks();
	for (const name of Object.keys(NEXT_MIGRATION)) delete MIGRATIONS[name];
});

const newFile = () => path.join(own.folder, `${++files}.sqlite`);

async function open(file: string): Promise<Ledger> {
	const key = { id: 'k', secret: Buffer.alloc(32, 1) };
	return await openLedger(sqliteDialect(file), {
		key,
		clock: { now: () => 0 },
		random: { id: () => 'new' },
		timing: NORMAL_TIMING,
	});
}

/** Everything in a file, with what it is made of. */
function contentOf(file: string): Record<string, unknown> {
	const database = new DatabaseSync(file);
	const made = database
		.prepare(
			"select type, name, sql from sqlite_master where name not like 'sqlite_%' and name not like 'kysely%' order by name",
		)
		.all() as Array<{ type: string; name: string }>;
	const rows = made
		.filter(({ type }) => type === 'table')
		.map(({ name }) => [name, database.prepare(`select * from "${name}"`).all()] as const);
	const check = database.prepare('pragma integrity_check').all();
	database.close();
	return JSON.parse(JSON.stringify({ made, rows: Object.fromEntries(rows), check })) as Record<
		string,
		unknown
	>;
}

/** Opens it, as after the interruption, and tells what is in it. */
async function contentWhenOpened(file: string): Promise<Record<string, unknown>> {
	await (await open(file)).close();
	return contentOf(file);
}

/** A few at once: a process waits for the disk more than it works. */
async function inTurns<T, R>(list: T[], work: (one: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	for (let from = 0; from < list.length; from += 5)
		results.push(...(await Promise.all(list.slice(from, from + 5).map(work))));
	return results;
}

const NOTE = /^insert into "kysely_migration" /;
const AROUND = /^(create table if not exists|insert into "(kysely_migration_lock|meta)"|commit)/;

/** Statements, counted from 1, that a death before them leaves amid a migration. */
function insideMigrations(all: string[]): number[] {
	const writes = [...all.keys()].filter(
		(at) => /^(create|alter|insert|update|delete) /.test(all[at]!) && !AROUND.test(all[at]!),
	);
	return writes.filter((at) => at > writes[0]! && !NOTE.test(all[at - 1]!)).map((at) => at + 1);
}

function spread(list: number[], count: number): number[] {
	return Array.from({ length: count }, (_, at) => list[Math.floor((at * list.length) / count)]!);
}

describe('R53: a first start that is interrupted', () => {
	it('opens after a death at any of twenty moments inside the migrations', async () => {
		const moments = spread(insideMigrations(statements), 20);
		expect(new Set(moments).size).toBe(20);
		const found = await inTurns(moments, async (dieBefore) => {
			const file = newFile();
			expect(await own.open({ file, dieBefore })).toBeUndefined();
			return await contentWhenOpened(file).catch(
				(error: Error) => `before ${dieBefore}: ${error.message}`,
			);
		});
		expect(found).toEqual(moments.map(() => whole));
	});

	it('opens after a death before any of the writes around them', async () => {
		const moments = [...statements.keys()]
			.filter((at) => AROUND.test(statements[at]!))
			.map((at) => at + 1);
		expect(moments.length).toBeGreaterThan(6);
		const found = await inTurns(moments, async (dieBefore) => {
			const file = newFile();
			expect(await own.open({ file, dieBefore })).toBeUndefined();
			return await contentWhenOpened(file).catch(
				(error: Error) => `before ${dieBefore}: ${error.message}`,
			);
		});
		expect(found).toEqual(moments.map(() => whole));
	});

	it.each([12, 30, 50])(
		'opens after the disk was full at %i pages, which is said',
		async (pages) => {
			const file = newFile();
			const exec = DatabaseSync.prototype.exec;
			jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (
				this: DatabaseSync,
				sql,
			) {
				exec.call(this, sql);
				exec.call(this, `pragma max_page_count = ${pages}`);
			});
			await expect(open(file)).rejects.toMatchObject({
				errcode: 13,
				message: 'database or disk is full',
			});
			jest.restoreAllMocks();
			expect(await contentWhenOpened(file)).toEqual(whole);
		},
	);

	it.each([200, 600])('opens after files could not grow beyond %i blocks', async (blocks) => {
		const file = newFile();
		expect(await own.open({ file }, `ulimit -f ${blocks};`)).toMatchObject({
			error: 'disk I/O error',
		});
		expect(await contentWhenOpened(file)).toEqual(whole);
	});

	it('is the same ledger for processes that start at once', async () => {
		const file = newFile();
		const at = Date.now() + 500;
		const opened = await Promise.all(
			Array.from({ length: 4 }, async () => await own.open({ file, at })),
		);
		expect(opened.map((one) => one!.error)).toEqual([undefined, undefined, undefined, undefined]);
		expect(new Set(opened.map((one) => one!.id)).size).toBe(1);
		expect(await contentWhenOpened(file)).toEqual(whole);
	});
});

/** As 0.1 made its tables: one by one, without a transaction around them. */
function without(dialect: Dialect): Dialect {
	return {
		createAdapter: () => new SqliteAdapter(),
		createDriver: () => dialect.createDriver(),
		createIntrospector: (db) => dialect.createIntrospector(db),
		createQueryCompiler: () => dialect.createQueryCompiler(),
	};
}

/** A ledger of 0.1 whose first start wrote that many times. */
async function ledgerOf01(file: string, writes = Infinity): Promise<void> {
	let left = writes;
	const run = StatementSync.prototype.run as (...parameters: unknown[]) => unknown;
	jest.spyOn(StatementSync.prototype, 'run').mockImplementation(function (
		this: StatementSync,
		...parameters: unknown[]
	) {
		if (left-- <= 0) throw new Error('died');
		return run.apply(this, parameters) as never;
	});
	const db = new Kysely<unknown>({ dialect: without(sqliteDialect(file)) });
	const { error } = await new Migrator({
		db,
		provider: { getMigrations: async () => MIGRATIONS_OF_01 },
	}).migrateToLatest();
	jest.restoreAllMocks();
	await db.destroy();
	if (writes < Infinity) expect((error as Error).message).toBe('died');
}

function execute(file: string, sql: string): void {
	const database = new DatabaseSync(file);
	database.exec(sql);
	database.close();
}

const ROWS = `
	insert into meta values ('ledger', 'old'), ('commits', '7');
	insert into link (table_name, dynamics_id, state, bases_dynamics, bases_marketo, wrote, key_id, generation, created_at, updated_at)
		values ('lead', 'd1', 'active', '{"a":"AQIDBAUGBwg"}', '{}', '{}', 'k', 0, 1, 2), ('contact', 'd2', 'active', '{}', '{}', '{}', 'k', 0, 1, 2);
	insert into claim values ('email:x', 'h', 5);
	insert into request (id, receiver, service, person, campaign, parameters, state, due_at, attempts, taken_until, created_at)
		values ('r', 'w:n', 'webhook', '1', '', '{}', 'waiting', 0, 0, 0, 1);
`;

describe('R53: a ledger of 0.1', () => {
	it('goes on with everything in it', async () => {
		const file = newFile();
		await ledgerOf01(file);
		execute(file, ROWS);
		const before = contentOf(file).rows as Record<string, Array<Record<string, unknown>>>;
		for (const link of before.link!) {
			delete link.bases_dynamics;
			delete link.bases_marketo;
		}
		expect((await contentWhenOpened(file)).rows).toMatchObject({
			...before,
			meta: expect.arrayContaining(before.meta!) as unknown,
		});
	});

	it('has everything in it after a death at any of twenty moments in the next migration', async () => {
		const base = newFile();
		await ledgerOf01(base);
		execute(base, ROWS);
		const copy = () => {
			const file = newFile();
			copyFileSync(base, file);
			return file;
		};
		const unbroken = copy();
		const opened = (await own.open({ file: unbroken, withNextMigration: true }))!;
		const migrated = contentOf(unbroken);
		expect(migrated.rows).toMatchObject({
			next: [{ id: 'd1' }, { id: 'd2' }],
			link: [{ next: 'd1' }, { next: 'd2' }],
			request: [{ id: 'r' }],
			claim: [],
		});
		Object.assign(MIGRATIONS, NEXT_MIGRATION);
		const moments = spread(insideMigrations(opened.statements), 20);
		expect(new Set(moments).size).toBe(20);
		const found = await inTurns(moments, async (dieBefore) => {
			const file = copy();
			expect(await own.open({ file, withNextMigration: true, dieBefore })).toBeUndefined();
			return await contentWhenOpened(file).catch(
				(error: Error) => `before ${dieBefore}: ${error.message}`,
			);
		});
		expect(found).toEqual(moments.map(() => migrated));
	});

	const WRITES = [4, 20, 39, 42, 48, 50, 52];

	it.each(WRITES)('begins anew where its own first start died after %i writes', async (writes) => {
		const file = newFile();
		await ledgerOf01(file, writes);
		expect(await contentWhenOpened(file)).toEqual(whole);
	});

	it('is left as it is where it is half made and has something in it', async () => {
		const file = newFile();
		await ledgerOf01(file, 20);
		execute(file, "insert into meta values ('ledger', 'old')");
		const before = contentOf(file);
		await expect(open(file)).rejects.toThrow('table "meta" already exists');
		expect(contentOf(file)).toEqual(before);
	});
});

describe('a ledger of a newer version', () => {
	it('is refused in words, and left as it is', async () => {
		const file = newFile();
		expect(await own.open({ file, withNextMigration: true })).toMatchObject({
			id: expect.any(String) as string,
		});
		const before = contentOf(file);
		await expect(open(file)).rejects.toThrow(/made by a newer version of this package/);
		expect(contentOf(file)).toEqual(before);
	});
});
