import { Kysely, sql, type DatabaseConnection, type Driver } from 'kysely';
import { Pool } from 'pg';
import type { BaseKey } from '../../../sync/fingerprint';
import { NORMAL_TIMING, type Ledger } from '../../../sync/ledger/ledger';
import { TABLE_KEYS } from '../../../sync/ledger/copyAll';
import { openTables, type PreparedDialect } from '../../../sync/ledger/open';
import { postgresDialect } from '../../../sync/ledger/postgres';
import type { Db, LedgerTables } from '../../../sync/ledger/schema';
import { sqliteDialect } from '../../../sync/ledger/sqlite';
import type { Clock, Randomness } from '../../../sync/ports';
import type { Execution } from './execution';

type Stored = Array<{ table: string; rows: Array<Record<string, unknown>> }>;

const KEY: BaseKey = { id: 'k1', secret: Buffer.from('simulation') };

const TABLES = Object.keys(TABLE_KEYS);
const SCHEMA = `simulation_${process.pid}`;

/** Where the simulation's ledger is: in memory, or where this variable says how to reach a server (`main.ts`). */
function placeOfLedger(): PreparedDialect {
	const server = process.env.LEDGER_TESTS_POSTGRES;
	if (!server) return sqliteDialect(':memory:');
	const pool = new Pool(JSON.parse(server) as object);
	// The server may end before all connections have.
	pool.on('error', () => undefined);
	return postgresDialect(pool, SCHEMA);
}

/** The ledger of the simulation: opened once per process, emptied for each history, copied and put back at will. */
export class LedgerFile {
	private constructor(
		private readonly dialect: PreparedDialect,
		private readonly driver: Driver,
		/** Direct look into the ledger, past all gates. */
		readonly db: Db,
	) {}

	static async open(): Promise<LedgerFile> {
		const dialect = placeOfLedger();
		const driver = dialect.createDriver();
		await driver.init();
		const db = await openTables(dialectOver(dialect, driver, undefined));
		return new LedgerFile(dialect, driver, db);
	}

	/** A new, empty ledger under a new id. */
	async empty(id: string): Promise<void> {
		await this.clear();
		await this.db.insertInto('meta').values({ name: 'ledger', value: id }).execute();
	}

	async close(): Promise<void> {
		if (this.dialect.schema) await this.raw(`drop schema "${SCHEMA}" cascade`);
		await this.driver.destroy();
	}

	async copy(): Promise<Stored> {
		const stored: Stored = [];
		for (const table of TABLES)
			stored.push({ table, rows: await this.anyTable.selectFrom(table).selectAll().execute() });
		return stored;
	}

	async putBack(stored: Stored): Promise<void> {
		await this.clear();
		for (const { table, rows } of stored)
			for (const row of rows) await this.anyTable.insertInto(table).values(row).execute();
		for (const { table, rows } of stored) await this.countFrom(table, rows);
	}

	/** Numbers of rows begin anew with each history, so that one seed is one story. */
	private async clear(): Promise<void> {
		if (this.dialect.schema) {
			const all = TABLES.map((table) => `"${SCHEMA}"."${table}"`).join();
			await this.raw(`truncate ${all} restart identity`);
		} else
			for (const table of [...TABLES, 'sqlite_sequence']) await this.raw(`delete from "${table}"`);
	}

	/** After rows that bring their numbers. SQLite sees to that by itself. */
	private async countFrom(table: string, rows: Stored[number]['rows']): Promise<void> {
		const [key] = TABLE_KEYS[table]!;
		const numbers = rows.map((row) => row[key!]).filter((number) => typeof number === 'number');
		if (!this.dialect.schema || numbers.length === 0) return;
		const counters = this.dialect.counters!;
		const known = await counters.read(this.db);
		if (table in known) await counters.set(this.db, { ...known, [table]: Math.max(...numbers) });
	}

	private get anyTable() {
		return this.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
	}

	/** The ledger as one execution sees it: each transaction is one effect. */
	seenBy(
		execution: Execution | undefined,
		parts: { id: string; clock: Clock; random: Randomness },
	): Ledger {
		const all = new Kysely<LedgerTables>({
			dialect: dialectOver(this.dialect, this.driver, execution),
		});
		const db = this.dialect.schema ? all.withSchema(this.dialect.schema) : all;
		return { db, key: KEY, timing: NORMAL_TIMING, close: async () => undefined, ...parts };
	}

	private async raw(statement: string) {
		await sql.raw(statement).execute(this.db);
	}
}

export const BASE_KEY = KEY;

function dialectOver(
	dialect: PreparedDialect,
	driver: Driver,
	execution: Execution | undefined,
): PreparedDialect {
	return {
		createAdapter: () => dialect.createAdapter(),
		createDriver: () => new GatedDriver(driver, execution),
		createIntrospector: (db) => dialect.createIntrospector(db),
		createQueryCompiler: () => dialect.createQueryCompiler(),
		...(dialect.makePlace && { makePlace: async (db) => await dialect.makePlace?.(db) }),
		...(dialect.schema && { schema: dialect.schema }),
	};
}

/** Sees whether what was done in the ledger was the claim of a call (R8). */
class Watched implements DatabaseConnection {
	hasClaimed = false;
	readonly streamQuery: DatabaseConnection['streamQuery'];

	constructor(readonly connection: DatabaseConnection) {
		this.streamQuery = connection.streamQuery.bind(connection);
	}

	executeQuery: DatabaseConnection['executeQuery'] = async (query) => {
		this.hasClaimed ||= /^update (".+"\.)?"plan"/.test(query.sql) && query.parameters[0] === 'sent';
		return await this.connection.executeQuery(query);
	};
}

/** Lets an execution through its gates around each transaction (or single statement). */
class GatedDriver implements Driver {
	constructor(
		private readonly driver: Driver,
		private readonly execution: Execution | undefined,
	) {}

	async init() {}

	async acquireConnection(): Promise<DatabaseConnection> {
		await this.execution?.gate('ledger');
		this.execution?.inTransaction(1);
		return new Watched(await this.driver.acquireConnection());
	}

	async releaseConnection(connection: DatabaseConnection) {
		const { connection: inner, hasClaimed } = connection as Watched;
		await this.driver.releaseConnection(inner);
		this.execution?.inTransaction(-1);
		await this.execution?.gate(hasClaimed ? 'ledger claimed' : 'ledger done');
	}

	beginTransaction: Driver['beginTransaction'] = async (connection, settings) =>
		await this.driver.beginTransaction(connection, settings);
	commitTransaction: Driver['commitTransaction'] = async (connection) =>
		await this.driver.commitTransaction(connection);
	rollbackTransaction: Driver['rollbackTransaction'] = async (connection) =>
		await this.driver.rollbackTransaction(connection);

	async destroy() {}
}
