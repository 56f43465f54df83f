import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Statements kept ready; a page runs the same few hundred again and again. */
const READY_STATEMENTS = 300;

/**
 * Of a new file. A link and a plan take two to three thousand bytes: on SQLite's usual pages of 4,096 each
 * would sit alone, with a third of the file empty.
 */
const PAGE_BYTES = 8_192;

/** Node's own SQLite in the shape Kysely's dialect expects. */
class NodeSqlite implements SqliteDatabase {
	private readonly ready = new Map<string, SqliteStatement>();

	constructor(private readonly database: DatabaseSync) {}

	prepare(sql: string): SqliteStatement {
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
		this.database.close();
	}
}

function forKysely(statement: StatementSync): SqliteStatement {
	return {
		reader: statement.columns().length > 0,
		all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
		run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
		iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
	} as SqliteStatement;
}

/**
 * The embedded ledger file. Every commit is on disk before it counts (R40), readers do not block the
 * writer, and a second process waits up to ten seconds for its turn.
 */
export function sqliteDialect(path: string): SqliteDialect {
	const database = new DatabaseSync(path);
	if (path !== ':memory:') {
		database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000`);
	}
	return new SqliteDialect({ database: new NodeSqlite(database) });
}
