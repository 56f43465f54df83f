import { execFile, execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LoggedProcess } from './childProcess';
import { freePort } from './ports';
import { toolOrThrow } from './tools';
import { waitFor } from './waiting';

const execute = promisify(execFile);

const PASSWORD = 'postgres-for-tests';

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function runAs(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	const id = (flag: string) =>
		Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
	return { uid: id('-u'), gid: id('-g') };
}

/** A PostgreSQL server of its own, in a temporary folder, on 127.0.0.1. */
export class Postgres {
	readonly host = '127.0.0.1';
	readonly user = 'postgres';
	readonly password = PASSWORD;

	private constructor(
		readonly port: number,
		private readonly folder: string,
		private server: LoggedProcess,
		private readonly programs: string,
	) {}

	/** @param programs folder of `initdb` and `postgres` */
	static async start(programs = toolOrThrow('postgres')): Promise<Postgres> {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'postgres-'));
		const who = runAs();
		const passwordFile = path.join(folder, 'password');
		await writeFile(passwordFile, PASSWORD);
		if (who.uid !== undefined) {
			await chown(folder, who.uid, who.gid!);
			await chown(passwordFile, who.uid, who.gid!);
		}
		const data = path.join(folder, 'data');
		await execute(
			path.join(programs, 'initdb'),
			['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--pwfile', passwordFile],
			{ ...who, cwd: folder },
		);
		const port = await freePort();
		return new Postgres(port, folder, await Postgres.serve(programs, folder, port), programs);
	}

	private static async serve(
		programs: string,
		folder: string,
		port: number,
	): Promise<LoggedProcess> {
		const server = new LoggedProcess(
			'postgres',
			path.join(programs, 'postgres'),
			[
				...['-D', path.join(folder, 'data'), '-p', String(port), '-k', folder],
				...['-c', 'listen_addresses=127.0.0.1'],
				// It is thrown away: nothing has to outlive the machine.
				...['-c', 'fsync=off'],
			],
			{ ...runAs(), cwd: folder, env: process.env, logFile: path.join(folder, 'server.log') },
		);
		await waitFor(
			() => {
				if (server.exitCode !== undefined) throw new Error(`postgres ended:\n${server.log}`);
				// Of one that follows another: "read-only connections".
				return /ready to accept (read-only )?connections/.test(server.log);
			},
			{ timeout: 30_000, what: 'PostgreSQL being ready' },
		).catch(async (cause: unknown) => {
			await server.stop('SIGQUIT');
			throw cause;
		});
		return server;
	}

	/** It ends (`SIGINT`), or crashes (`SIGQUIT`), and nobody answers at its port for so many milliseconds. */
	async restart(signal: 'SIGINT' | 'SIGQUIT', ms: number): Promise<void> {
		await this.server.stop(signal);
		await sleep(ms);
		this.server = await Postgres.serve(this.programs, this.folder, this.port);
	}

	/** A second server that follows this one: nothing is committed here that is not there as well. */
	async startStandby(): Promise<Postgres> {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'postgres-'));
		const { uid, gid } = runAs();
		const data = path.join(folder, 'data');
		await this.run('pg_basebackup', ['-D', data, '-R', '-X', 'stream', '-c', 'fast']);
		await chmod(data, 0o700);
		if (uid !== undefined) await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, folder]);
		const port = await freePort();
		const server = await Postgres.serve(this.programs, folder, port);
		await this.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
		await this.query('SELECT pg_reload_conf()');
		return new Postgres(port, folder, server, this.programs);
	}

	/** What followed another server takes its place. */
	async promote(): Promise<void> {
		await this.query('SELECT pg_promote()');
	}

	/** It is gone, without a word to anybody. */
	async die(): Promise<void> {
		await this.server.stop('SIGQUIT');
	}

	/** All connections to a database are cut, whatever is under way over them. */
	async cutAll(database: string): Promise<void> {
		await this.query(
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
		);
	}

	/** Runs SQL and answers the rows as text, columns parted by `|`. */
	async query(sql: string, database = 'postgres'): Promise<string[]> {
		const stdout = await this.run('psql', ['-AtXc', sql], database);
		return stdout.split('\n').filter(Boolean);
	}

	/** A schema as SQL, rows included. */
	async dump(database: string, schema: string): Promise<string> {
		const options = ['-n', schema, '--inserts', '--no-owner', '--no-comments'];
		return await this.run('pg_dump', options, database);
	}

	/** Writes a whole database into a file, as `docs/postgresql-and-queue-mode.md` says. */
	async backUp(database: string, file: string): Promise<void> {
		await this.run('pg_dump', ['--format=custom', `--file=${file}`, database]);
	}

	/** Puts such a file in the place of the database, which nobody uses. */
	async restore(database: string, file: string): Promise<void> {
		await this.query(`DROP DATABASE "${database}" WITH (FORCE)`);
		await this.createDatabase(database);
		await this.run('pg_restore', ['--exit-on-error', `--dbname=${database}`, file]);
	}

	/** One of PostgreSQL's own programs. */
	async run(program: string, args: string[], database?: string): Promise<string> {
		const { stdout } = await execute(path.join(this.programs, program), args, {
			env: {
				...process.env,
				PGHOST: this.host,
				PGPORT: String(this.port),
				PGUSER: this.user,
				PGPASSWORD: this.password,
				...(database && { PGDATABASE: database }),
			},
			cwd: os.tmpdir(),
			maxBuffer: 64_000_000,
		});
		return stdout;
	}

	/** Makes a database; answers how to reach it. */
	async createDatabase(database: string) {
		await this.query(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
		const { host, port, user, password } = this;
		return { host, port, user, password, database };
	}

	async stop(): Promise<void> {
		await this.server.stop('SIGINT');
		await rm(this.folder, { recursive: true, force: true });
	}
}
