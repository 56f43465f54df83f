import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Postgres } from '../../../../e2e/harness/postgres';

/** Prints where PostgreSQL's programs are; where they are missing it gets them, or says how to. */
const TOOL = path.join(__dirname, '../../../../../scripts/postgres.mjs');

/** Before the first test of the ledger: one server for all files, told in this variable. */
export default async function start(): Promise<void> {
	const programs = execFileSync(process.execPath, [TOOL], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const server = await Postgres.start(programs.trim());
	process.env.LEDGER_TESTS_POSTGRES = JSON.stringify(await server.createDatabase('ledgers'));
	Object.assign(globalThis, { stopPostgres: async () => await server.stop() });
}
