import {
	CompiledQuery,
	Kysely,
	SqliteAdapter,
	SqliteIntrospector,
	SqliteQueryCompiler,
	type DatabaseConnection,
	type Dialect,
	type Driver,
} from 'kysely';
import type { BaseKey } from '../../../sync/fingerprint';
import { NORMAL_TIMING, type Ledger } from '../../../sync/ledger/ledger';
import { openLedger } from '../../../sync/ledger/open';
import type { Db, LedgerTables } from '../../../sync/ledger/schema';
import { sqliteDialect } from '../../../sync/ledger/sqlite';
import type { Clock, Randomness } from '../../../sync/ports';
import type { Execution } from './execution';

type Stored = Array<{ table: string; rows: Array<Record<string, unknown>> }>;

const KEY: BaseKey = { id: 'k1', secret: Buffer.from('simulation') };

/** The ledger in memory: opened once per process, emptied for each history, copied and put back at will. */
export class LedgerFile {
	private constructor(
		private readonly driver: Driver,
		/** Direct look into the ledger, past all gates. */
		readonly db: Db,
		private readonly tables: string[],
	) {}

	static async open(): Promise<LedgerFile> {
		const dialect = sqliteDialect(':memory:');
		const driver = dialect.createDriver();
		await driver.init();
		const db = kyselyOver(driver, undefined);
		await openLedger(dialectOver(driver, undefined), {
			key: KEY,
			clock: { now: () => 0 },
			random: { id: () => 'migrating' },
			timing: NORMAL_TIMING,
		});
		const found = await db.executeQuery<{ name: string }>(
			CompiledQuery.raw(
				"select name from sqlite_master where type = 'table' and name not like 'kysely%'",
			),
		);
		return new LedgerFile(
			driver,
			db,
			found.rows.map((row) => row.name),
		);
	}

	/** A new, empty ledger under a new id. */
	async empty(id: string): Promise<void> {
		for (const table of this.tables) await this.raw(`delete from "${table}"`);
		await this.db.insertInto('meta').values({ name: 'ledger', value: id }).execute();
	}

	async copy(): Promise<Stored> {
		const stored: Stored = [];
		for (const table of this.tables) {
			const { rows } = await this.db.executeQuery<Record<string, unknown>>(
				CompiledQuery.raw(`select * from "${table}"`),
			);
			stored.push({ table, rows });
		}
		return stored;
	}

	async putBack(stored: Stored): Promise<void> {
		for (const table of this.tables) await this.raw(`delete from "${table}"`);
		for (const { table, rows } of stored) {
			for (const row of rows) {
				const names = Object.keys(row);
				const marks = names.map(() => '?').join(',');
				await this.raw(
					`insert into "${table}" ("${names.join('","')}") values (${marks})`,
					Object.values(row),
				);
			}
		}
	}

	/** The ledger as one execution sees it: each transaction is one effect. */
	seenBy(
		execution: Execution | undefined,
		parts: { id: string; clock: Clock; random: Randomness },
	): Ledger {
		const db = kyselyOver(this.driver, execution);
		return { db, key: KEY, timing: NORMAL_TIMING, close: async () => undefined, ...parts };
	}

	private async raw(sql: string, values: unknown[] = []) {
		await this.db.executeQuery(CompiledQuery.raw(sql, values));
	}
}

export const BASE_KEY = KEY;

function kyselyOver(driver: Driver, execution: Execution | undefined): Db {
	return new Kysely<LedgerTables>({ dialect: dialectOver(driver, execution) });
}

function dialectOver(driver: Driver, execution: Execution | undefined): Dialect {
	return {
		createAdapter: () => new SqliteAdapter(),
		createDriver: () => new GatedDriver(driver, execution),
		createIntrospector: (db) => new SqliteIntrospector(db),
		createQueryCompiler: () => new SqliteQueryCompiler(),
	};
}

/** Sees whether what was done in the ledger was the claim of a call (R8). */
class Watched implements DatabaseConnection {
	hasClaimed = false;
	readonly streamQuery: DatabaseConnection['streamQuery'];

	constructor(private readonly connection: DatabaseConnection) {
		this.streamQuery = connection.streamQuery.bind(connection);
	}

	executeQuery: DatabaseConnection['executeQuery'] = async (query) => {
		this.hasClaimed ||= query.sql.startsWith('update "plan"') && query.parameters[0] === 'sent';
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
		return new Watched(await this.driver.acquireConnection());
	}

	async releaseConnection(connection: DatabaseConnection) {
		await this.driver.releaseConnection(connection);
		const hasClaimed = connection instanceof Watched && connection.hasClaimed;
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
