import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CompiledQuery } from 'kysely';
import { Pool } from 'pg';

import { NORMAL_TIMING, type Ledger } from '../../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../../sync/ledger/meta';
import { openLedger } from '../../../../../sync/ledger/open';
import { patientPool } from '../../../../../sync/ledger/patientPostgres';
import { postgresDialect } from '../../../../../sync/ledger/postgres';
import { LoggedProcess } from '../../../../e2e/harness/childProcess';
import { freePort } from '../../../../e2e/harness/ports';
import { waitFor } from '../../../../e2e/harness/waiting';
import { sharedServer } from './ownDatabase';

const POOLER = '/usr/sbin/pgbouncer';
const SCHEMA = 'ledger_behind_a_pooler';
const server = sharedServer();

/** Debian's `pgbouncer`, where it is installed; what is asked of a server is read along in `faults.test.ts` in any case. */
const whereInstalled = existsSync(POOLER) ? describe : describe.skip;

whereInstalled('behind PgBouncer in transaction mode', () => {
	let folder: string;
	let pooler: LoggedProcess;
	let port: number;
	const ledgers: Ledger[] = [];

	beforeAll(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'pooler-'));
		await chmod(folder, 0o777);
		port = await freePort();
		const { host, user, password, database } = server;
		const config = path.join(folder, 'pgbouncer.ini');
		await writeFile(
			config,
			[
				'[databases]',
				`${database} = host=${host} port=${server.port} user=${user} password=${password}`,
				'[pgbouncer]',
				`listen_addr = 127.0.0.1`,
				`listen_port = ${port}`,
				`unix_socket_dir =`,
				'auth_type = any',
				'pool_mode = transaction',
				'default_pool_size = 3',
				// Takes another one as often as it can.
				'server_round_robin = 1',
			].join('\n'),
		);
		const asPostgres =
			process.getuid?.() === 0
				? { uid: Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })) }
				: {};
		const logFile = path.join(folder, 'log');
		pooler = new LoggedProcess('pgbouncer', POOLER, [config], {
			...asPostgres,
			env: process.env,
			logFile,
		});
		await waitFor(() => pooler.log.includes('process up'), { what: 'PgBouncer being ready' });
	});
	afterAll(async () => {
		for (const ledger of ledgers) await ledger.close();
		await pooler?.stop('SIGTERM');
		await rm(folder, { recursive: true, force: true });
		const pool = new Pool(server);
		await pool.query(`drop schema if exists ${SCHEMA} cascade`);
		await pool.end();
	});

	const openOne = async (): Promise<Ledger> => {
		const pool = new Pool({ ...server, host: '127.0.0.1', port, max: 4 });
		pool.on('error', () => undefined);
		const patience = { pause: async () => undefined, now: () => Date.now() };
		const dialect = postgresDialect(patientPool(pool, patience, 'pooler'), SCHEMA);
		const ledger = await openLedger(dialect, {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => Date.now() },
			random: { id: () => String(Math.random()) },
			timing: NORMAL_TIMING,
		});
		ledgers.push(ledger);
		return ledger;
	};

	it('two that start at once are one ledger, and transactions take turns though each goes over another connection', async () => {
		const [one, two] = await Promise.all([openOne(), openOne()]);
		expect(one.id).toBe(two.id);
		const over = new Set<string>();
		const count = async ({ db }: Ledger) =>
			await db.transaction().execute(async (db) => {
				const me = CompiledQuery.raw('select pg_backend_pid()::text as pid');
				const { rows } = await db.executeQuery<{ pid: string }>(me);
				over.add(rows[0]!.pid);
				const before = Number((await metaValue(db, 'many')) ?? 0);
				await setMeta(db, 'many', String(before + 1));
			});
		await Promise.all(
			Array.from({ length: 60 }, async (_, n) => await count(n % 2 === 0 ? one : two)),
		);
		expect(await metaValue(one.db, 'many')).toBe('60');
		expect(over.size).toBeGreaterThan(1);
	});
});
