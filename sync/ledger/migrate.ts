import { DEFAULT_MIGRATION_TABLE, Migrator, sql } from 'kysely';
import { SetUpProblem } from '../ports';
import { MIGRATIONS } from './migrations';
import type { Db } from './schema';

/**
 * Brings the tables up to date: all migrations in one transaction (R53), so that a process may die, or the
 * disk be full, at any moment. What Kysely keeps beside them it makes only where it is missing.
 * @throws SetUpProblem when a newer version of this package made the ledger
 */
export async function migrateToLatest(db: Db): Promise<void> {
	await db.transaction().execute(prepare);
	const { error } = await new Migrator({
		db,
		provider: { getMigrations: async () => MIGRATIONS },
	}).migrateToLatest();
	if (error) throw error;
}

async function prepare(db: Db): Promise<void> {
	const all = await db.introspection.getTables({ withInternalKyselyTables: true });
	const done = all.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)
		? await migrationsDone(db)
		: [];
	if (done.some((name) => !(name in MIGRATIONS))) {
		throw new SetUpProblem(
			"The sync's ledger was made by a newer version of this package",
			'Install that version again, or a later one. An older version would lose what it does not know',
		);
	}
	if (done.length === Object.keys(MIGRATIONS).length) return;
	const own = (await db.introspection.getTables()).map(({ name }) => name);
	if (await areEmpty(db, own)) await startAnew(db, own, done.length > 0);
}

async function migrationsDone(db: Db): Promise<string[]> {
	const { rows } = await sql<{
		name: string;
	}>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
	return rows.map(({ name }) => name);
}

async function areEmpty(db: Db, tables: string[]): Promise<boolean> {
	for (const table of tables) {
		const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
		if (rows.length > 0) return false;
	}
	return true;
}

/** 0.1 made its tables one by one: where it died over the first of them, they are there, and empty. */
async function startAnew(db: Db, tables: string[], hasDone: boolean): Promise<void> {
	for (const table of tables) await db.schema.dropTable(table).execute();
	if (hasDone) await sql`delete from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
}
