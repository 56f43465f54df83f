import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PoolConfig } from 'pg';

/** Prints where PostgreSQL's programs are. */
const TOOL = path.join(__dirname, '../../../../../scripts/postgres.mjs');

let folder: string | undefined;

/** Runs one of PostgreSQL's own programs on a database of the tests' server: `pg_dump`, `psql` … Answers what it printed. */
export async function runProgram(
	name: 'pg_dump' | 'pg_restore' | 'psql',
	args: string[],
	database?: string,
): Promise<string> {
	folder ??= execFileSync(process.execPath, [TOOL], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	}).trim();
	const server = JSON.parse(process.env.LEDGER_TESTS_POSTGRES!) as PoolConfig;
	const { stdout } = await promisify(execFile)(path.join(folder, name), args, {
		env: {
			...process.env,
			PGHOST: server.host,
			PGPORT: String(server.port),
			PGUSER: server.user,
			PGPASSWORD: server.password as string,
			PGDATABASE: database ?? server.database,
		},
	});
	return stdout;
}
