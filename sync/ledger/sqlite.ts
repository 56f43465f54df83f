import {
	sql,
	SqliteAdapter,
	SqliteDialect,
	type Driver,
	type SqliteDatabase,
	type SqliteStatement,
} from 'kysely';
import { existsSync } from 'node:fs';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Counters } from './copyAll';
import { setMeta } from './meta';
import type { PreparedDialect } from './open';
import type { Db } from './schema';
import { BUSY_MS, PatientDriver, type Patience } from './patientSqlite';
import { tellWhatIsAlike } from './sqliteStatistics';

/** Statements kept ready; a page runs the same few hundred again and again. */
const READY_STATEMENTS = 300;

/**
 * Of a new file. A link and a plan take two to three thousand bytes: on SQLite's usual pages of 4,096 each
 * would sit alone, with a third of the file empty.
 */
const PAGE_BYTES = 8_192;

/** How long the opening of a file may wait for another process, milliseconds: nothing else is under way then. */
const OPENING_MS = 10_000;

/** Of the file, copied at a time. */
const COPIED_PAGES = 200;

/** In one step: beside the thread that works, no page of it waits for n8n's. */
const ALL_PAGES = 2_147_483_647;

/** Says in a ledger that it is elsewhere now. */
const MOVED_TO = 'moved.to';
const MOVED = 'The memory of the sync has just been moved: unfinished work is repeated there';

const SQLITE_BUSY = 5;
const LOG_TRIES = 5;
const LOG_PAUSE_MS = 20;

/** Node's own SQLite in the shape Kysely's dialect expects. */
class NodeSqlite implements SqliteDatabase {
	private readonly ready = new Map<string, SqliteStatement>();

	constructor(private readonly database: DatabaseSync) {}

	prepare(sql: string): SqliteStatement {
		// A full disk has ended the transaction already; the error of a second end would hide that one.
		if (sql === 'rollback' && !this.database.isTransaction) return NOTHING;
		let statement = this.ready.get(sql);
		if (statement) this.ready.delete(sql);
		// Takes the write lock at once: two processes that both mean to write wait instead of failing.
		else statement = forKysely(this.database.prepare(sql === 'begin' ? 'begin immediate' : sql));
		this.ready.set(sql, statement);
		if (this.ready.size > READY_STATEMENTS) {
			this.ready.delete(this.ready.keys().next().value as string);
		}
		return statement;
	}

	close() {
		this.ready.clear();
		if (this.database.isOpen) this.database.close();
	}
}

const NOTHING: SqliteStatement = {
	reader: true,
	all: () => [],
	run: () => ({ changes: 0, lastInsertRowid: 0 }),
	iterate: () => [][Symbol.iterator](),
};

function forKysely(statement: StatementSync): SqliteStatement {
	return {
		reader: statement.columns().length > 0,
		all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
		run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
		iterate: (parameters: readonly unknown[]) =>
			statement.iterate(...(parameters as SQLInputValue[])),
	} as SqliteStatement;
}

/** SQLite takes back tables with their transaction; Kysely's own adapter does not say so, and migrates without one (R53). */
class TransactionalDdl extends SqliteAdapter {
	override get supportsTransactionalDdl(): boolean {
		return true;
	}
}

/** `AUTOINCREMENT` keeps what it has given out in a table of its own (sqlite.org/autoinc.html). */
const COUNTERS: Counters = {
	async read(db) {
		const found = sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`;
		const { rows } = await found.execute(db);
		return Object.fromEntries(rows.map(({ name, seq }) => [name, Number(seq)]));
	},
	async set(db, counters) {
		await sql`delete from sqlite_sequence`.execute(db);
		for (const [table, last] of Object.entries(counters))
			await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db);
	},
};

/** A ledger in a file, with what only a file can. */
export class LedgerFile extends SqliteDialect implements PreparedDialect {
	readonly counters = COUNTERS;

	constructor(
		private readonly database: DatabaseSync,
		private readonly path: string,
		private readonly patience?: Patience,
	) {
		super({ database: new NodeSqlite(database) });
	}

	override createDriver(): Driver {
		return this.patience
			? new PatientDriver(this.database, new NodeSqlite(this.database), this.patience)
			: super.createDriver();
	}

	override createAdapter(): SqliteAdapter {
		return new TransactionalDdl();
	}

	tablesAreThere(): void {
		tellWhatIsAlike(this.database);
	}

	/**
	 * R53: as it is at one moment, while the sync goes on. Nobody waits for more than a step of it. Read by a connection of
	 * its own: from the middle of a transaction SQLite copies nothing.
	 */
	async copyTo(file: string): Promise<void> {
		const reader = new DatabaseSync(this.path, { readOnly: true, timeout: OPENING_MS });
		try {
			// What is committed from now on is not seen by this connection, so that the copy comes to an end.
			reader.exec('BEGIN');
			reader.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
			await backup(reader, file, { rate: COPIED_PAGES });
		} finally {
			reader.close();
		}
	}

	/** @throws Error where a page of the file is not what SQLite has written */
	assertWhole(): void {
		const [first] = this.database.prepare('PRAGMA quick_check(1)').all() as Array<{
			quick_check: string;
		}>;
		if (first?.quick_check !== 'ok') throw new Error(first?.quick_check ?? 'nothing in it');
	}

	/** These tables become what they are in another ledger of the same version; of the last one what has a name like these. */
	takeTablesOf(other: LedgerFile, tables: string[], facts: string[]): void {
		const { database } = this;
		database.prepare('ATTACH ? AS other').run(other.path);
		database.exec('BEGIN IMMEDIATE');
		for (const table of tables) {
			const columns = database
				.prepare('SELECT name FROM pragma_table_info(?)')
				.all(table)
				.map(({ name }) => `"${String(name)}"`)
				.join();
			database.exec(`DELETE FROM main."${table}"`);
			database.exec(
				`INSERT INTO main."${table}" (${columns}) SELECT ${columns} FROM other."${table}"`,
			);
		}
		const take = database.prepare(
			'INSERT OR REPLACE INTO main.meta SELECT * FROM other.meta WHERE name LIKE ?',
		);
		for (const name of facts) take.run(`${name}.%`);
		database.exec('COMMIT');
		database.exec('DETACH other');
	}

	/**
	 * R53: becomes the same as another one, in one step: whoever is beside it sees all of that or nothing, also
	 * after a kill. Nobody of this process may be in a transaction meanwhile.
	 */
	async becomeCopyOf(other: LedgerFile): Promise<void> {
		await backup(other.database, this.path, { rate: ALL_PAGES });
	}

	/**
	 * In the transaction that is on: from its end on the memory is elsewhere, and nobody writes here any more, whatever process has the
	 * file open.
	 *
	 * @param place where it is now, for people
	 */
	async seal(db: Db, tables: readonly string[], place: string): Promise<void> {
		await setMeta(db, MOVED_TO, place);
		for (const table of tables)
			for (const act of ['insert', 'update', 'delete']) {
				const trigger = `create trigger "moved_${table}_${act}" before ${act} on "${table}" begin select raise(abort, '${MOVED}'); end`;
				await sql.raw(trigger).execute(db);
			}
	}

	/** R53: folds the log in, so that one file is left. At once: for the end of the process. */
	closeNow(): void {
		if (this.database.isOpen) this.database.close();
	}
}

/** Whether this file is a ledger that is in use: one that was moved is none. */
export function isLedgerFile(path: string): boolean {
	if (!existsSync(path)) return false;
	try {
		const database = new DatabaseSync(path, { readOnly: true, timeout: OPENING_MS });
		try {
			return !database.prepare('SELECT 1 FROM meta WHERE name = ?').get(MOVED_TO);
		} finally {
			database.close();
		}
	} catch {
		// What is wrong with it is said where it is opened.
		return true;
	}
}

/** Processes that make a new file at once: here SQLite lets one of them go on, and refuses the others without a wait. */
function useLog(database: DatabaseSync): void {
	for (let tries = 1; ; tries++) {
		try {
			return database.exec('PRAGMA journal_mode = WAL');
		} catch (error) {
			if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || tries === LOG_TRIES)
				throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOG_PAUSE_MS);
		}
	}
}

/**
 * The embedded ledger file. Every commit is on disk before it counts (R40), readers do not block the
 * writer, and a second process waits for its turn: with `patience`, beside its other work.
 */
export function sqliteDialect(path: string, patience?: Patience): LedgerFile {
	const database = new DatabaseSync(path, { timeout: OPENING_MS });
	try {
		if (path !== ':memory:') {
			database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
			useLog(database);
			database.exec('PRAGMA synchronous = FULL');
			if (patience) database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
		}
	} catch (error) {
		database.close();
		throw error;
	}
	return new LedgerFile(database, path, patience);
}
