import { randomBytes } from 'node:crypto';
import { Pool, type PoolConfig } from 'pg';

import type { Copied } from '../../../../sync/ledger/copyAll';
import type { PreparedDialect } from '../../../../sync/ledger/open';
import { postgresDialect, type LedgerSchema } from '../../../../sync/ledger/postgres';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const pools: Pool[] = [];
const schemas = new Set<string>();
afterAll(async () => {
	for (const pool of pools) await pool.end();
	if (schemas.size === 0) return;
	// What a server holds slows down whoever looks for tables.
	const pool = quiet(new Pool(server()));
	for (const schema of schemas) await pool.query(`drop schema if exists "${schema}" cascade`);
	await pool.end();
});

/** On its way out a connection may still hear that the server ends. */
function quiet(pool: Pool): Pool {
	pool.on('error', () => undefined);
	pool.on('connect', (client) => client.on('error', () => undefined));
	return pool;
}

const server = () => JSON.parse(process.env.LEDGER_TESTS_POSTGRES!) as PoolConfig;

/** Jest runs the tests that open ledgers twice, the second time on a server (`jest.config.js`). */
export const isOnServer = 'LEDGER_IN' in globalThis;

/** A new, empty place for a ledger: in memory, or a schema of its own. */
export function newPlace(): PreparedDialect & Pick<Copied, 'counters'> {
	return isOnServer ? newIn(newSchema()) : sqliteDialect(':memory:');
}

/** A schema of that name, which is not there yet: with the tables of a new ledger. */
export const newIn = (schema: string): LedgerSchema => inSchema(schema, tables);

/** The tables of a new ledger, as its migrations make them: `server/start.ts` has looked. */
const tables = (schema: string): string =>
	process.env
		.LEDGER_TESTS_TABLES!.replaceAll('template_of_ledgers', schema)
		// What the connection is told for the time of a restore, and what only psql understands.
		.replaceAll(/^(SET|SELECT pg_catalog\.set_config|\\).*$/gm, '');

export function newSchema(): string {
	return `ledger_${randomBytes(8).toString('hex')}`;
}

/** @param first what the first connection runs before all else */
export function inSchema(schema: string, first?: (schema: string) => string): LedgerSchema {
	const pool = quiet(new Pool({ ...server(), max: 5 }));
	const end = pool.end.bind(pool);
	// Whoever comes second finds it ended: its ledger, or the end of the file.
	pool.end = async () => (pool.ending ? undefined : await end());
	pools.push(pool);
	schemas.add(schema);
	if (!first) return postgresDialect(pool, schema);
	let done: Promise<unknown> | undefined;
	const connect = async () => {
		await (done ??= pool.query(first(schema)));
		return await pool.connect();
	};
	return postgresDialect({ connect, end: pool.end }, schema);
}
