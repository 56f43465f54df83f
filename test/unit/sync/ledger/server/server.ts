import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Postgres } from '../../../../e2e/harness/postgres';

/** Prints where PostgreSQL's programs are; where they are missing it gets them, or says how to. */
const TOOL = path.join(__dirname, '../../../../../scripts/postgres.mjs');

/** A server for tests that are started without n8n. */
export async function startServer(): Promise<Postgres> {
	const programs = execFileSync(process.execPath, [TOOL], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	return await Postgres.start(programs.trim());
}
