import { Pool } from 'pg';
import { openTables } from '../../../../../sync/ledger/open';
import { postgresDialect } from '../../../../../sync/ledger/postgres';
import { startServer } from './server';
import type { Postgres } from '../../../../e2e/harness/postgres';

const TEMPLATE = 'template_of_ledgers';

/** Before the first test of the ledger: one server for all files, told in this variable. */
export default async function start(): Promise<void> {
	const server = await startServer();
	const database = await server.createDatabase('ledgers');
	process.env.LEDGER_TESTS_POSTGRES = JSON.stringify(database);
	process.env.LEDGER_TESTS_TABLES = await tablesOf(server, database);
	Object.assign(globalThis, { stopPostgres: async () => await server.stop() });
}

/** SQL that makes the tables of a new ledger in a schema TEMPLATE: quicker than all migrations for each of a thousand worlds. */
async function tablesOf(
	server: Postgres,
	database: { database: string; host: string },
): Promise<string> {
	const db = await openTables(postgresDialect(new Pool(database), TEMPLATE));
	await db.destroy();
	return await server.dump(database.database, TEMPLATE);
}
