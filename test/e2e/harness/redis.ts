import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoggedProcess } from './childProcess';
import { freePort } from './ports';
import { toolOrThrow } from './tools';
import { waitFor } from './waiting';

/** A Redis server of its own, in memory, on 127.0.0.1. */
export class Redis {
	readonly host = '127.0.0.1';

	private constructor(
		readonly port: number,
		private readonly folder: string,
		private server: LoggedProcess,
	) {}

	static async start(): Promise<Redis> {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'redis-'));
		const port = await freePort();
		return new Redis(port, folder, await Redis.serve(port, folder));
	}

	private static async serve(port: number, folder: string): Promise<LoggedProcess> {
		const server = new LoggedProcess(
			'redis',
			toolOrThrow('redis'),
			['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
			{ cwd: folder, env: process.env, logFile: path.join(folder, 'server.log') },
		);
		await waitFor(
			() => {
				if (server.exitCode !== undefined) throw new Error(`redis ended:\n${server.log}`);
				return /Ready to accept connections/i.test(server.log);
			},
			{ timeout: 30_000, what: 'Redis being ready' },
		);
		return server;
	}

	/** It dies, with all that it held; nobody answers at its port for so many milliseconds. */
	async loseAll(ms: number): Promise<void> {
		await this.server.stop('SIGKILL');
		await sleep(ms);
		this.server = await Redis.serve(this.port, this.folder);
	}

	async stop(): Promise<void> {
		await this.server.stop();
		await rm(this.folder, { recursive: true, force: true });
	}
}
