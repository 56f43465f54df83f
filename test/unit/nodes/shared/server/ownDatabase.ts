import { Pool, type PoolConfig } from 'pg';

export type Server = Required<Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database'>>;

/** The server that all files of tests share (`test/unit/sync/ledger/server`). */
export const sharedServer = (): Server => JSON.parse(process.env.LEDGER_TESTS_POSTGRES!) as Server;

/** A database for tests that change how it is set, or end all its connections: other files run beside them. */
export async function ownDatabase(name: string): Promise<Server> {
	const server = sharedServer();
	const pool = new Pool({ ...server, max: 1 });
	await pool.query(`drop database if exists ${name}`);
	await pool.query(`create database ${name}`);
	await pool.end();
	return { ...server, database: name };
}
