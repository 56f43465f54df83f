import { randomBytes } from 'node:crypto';
import type { Dialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';

import { postgresDialect } from '../../../../sync/ledger/postgres';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const pools: Pool[] = [];
const schemas = new Set<string>();
afterAll(async () => {
	for (const pool of pools) if (!pool.ended) await pool.end();
	if (schemas.size === 0) return;
	// What a server holds slows down whoever looks for tables.
	const pool = new Pool(server());
	for (const schema of schemas) await pool.query(`drop schema if exists "${schema}" cascade`);
	await pool.end();
});

const server = () => JSON.parse(process.env.LEDGER_TESTS_POSTGRES!) as PoolConfig;

/** Jest runs the tests that open ledgers twice, the second time on a server (`jest.config.js`). */
export const isOnServer = 'LEDGER_IN' in globalThis;

/** A new, empty place for a ledger: in memory, or a schema of its own. */
export function newPlace(): Dialect {
	return isOnServer ? inSchema(newSchema()) : sqliteDialect(':memory:');
}

export function newSchema(): string {
	return `ledger_${randomBytes(8).toString('hex')}`;
}

export function inSchema(schema: string): Dialect {
	const pool = new Pool({ ...server(), max: 5 });
	pools.push(pool);
	schemas.add(schema);
	return postgresDialect(pool, schema);
}
