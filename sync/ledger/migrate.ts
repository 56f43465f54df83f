import {
	DEFAULT_MIGRATION_TABLE,
	Migrator,
	sql,
	type Kysely,
	type Migration,
	type RawBuilder,
} from 'kysely';
import { SetUpProblem } from '../ports';
import { MIGRATIONS } from './migrations';
import type { Db } from './schema';

/**
 * Brings the tables up to date: all migrations in one transaction (R53), so that a process may die, or the
 * disk be full, at any moment. What Kysely keeps beside them it makes only where it is missing.
 *
 * @param schema where the tables are, if not where the database looks by itself
 * @throws SetUpProblem when a newer version of this package made the ledger
 */
export async function migrateToLatest(db: Db, schema?: string): Promise<void> {
	await db.transaction().execute(async (db) => await prepare(db, schema));
	const { error } = await new Migrator({
		db,
		provider: { getMigrations: async () => (schema ? within(schema) : MIGRATIONS) },
		...(schema && { migrationTableSchema: schema }),
	}).migrateToLatest();
	if (error) throw error;
}

/** Some write SQL as text, which names no schema. Holds for the transaction alone: afterwards the connection may be another's. */
function within(schema: string): Record<string, Migration> {
	const path = sql`set local search_path to ${sql.id(schema)}`;
	return Object.fromEntries(
		Object.entries(MIGRATIONS).map(([name, migration]) => [
			name,
			{
				...migration,
				async up(db: Kysely<unknown>) {
					await path.execute(db);
					await migration.up(db);
				},
			},
		]),
	);
}

async function prepare(db: Db, schema?: string): Promise<void> {
	const place = (table: string) => sql.table(schema ? `${schema}.${table}` : table);
	const all = await db.introspection.getTables({ withInternalKyselyTables: true });
	const done = all.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)
		? await migrationsDone(db, place)
		: [];
	if (done.some((name) => !(name in MIGRATIONS))) {
		throw new SetUpProblem(
			"The sync's ledger was made by a newer version of this package",
			'Install that version again, or a later one. An older version would lose what it does not know',
		);
	}
	if (done.length === Object.keys(MIGRATIONS).length) return;
	const own = (await db.introspection.getTables()).map(({ name }) => name);
	if (await areEmpty(db, own, place)) await startAnew(db, own, done.length > 0 ? place : undefined);
}

type Place = (table: string) => RawBuilder<unknown>;

async function migrationsDone(db: Db, place: Place): Promise<string[]> {
	const { rows } = await sql<{
		name: string;
	}>`select name from ${place(DEFAULT_MIGRATION_TABLE)}`.execute(db);
	return rows.map(({ name }) => name);
}

async function areEmpty(db: Db, tables: string[], place: Place): Promise<boolean> {
	for (const table of tables) {
		const { rows } = await sql`select 1 from ${place(table)} limit 1`.execute(db);
		if (rows.length > 0) return false;
	}
	return true;
}

/** 0.1 made its tables one by one: where it died over the first of them, they are there, and empty. */
async function startAnew(db: Db, tables: string[], done?: Place): Promise<void> {
	for (const table of tables) await db.schema.dropTable(table).execute();
	if (done) await sql`delete from ${done(DEFAULT_MIGRATION_TABLE)}`.execute(db);
}
