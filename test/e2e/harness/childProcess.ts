import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LOG_LIMIT = 4_000_000;

export interface LoggedProcessOptions {
	env: NodeJS.ProcessEnv;
	cwd?: string;
	/** File that the output is appended to. */
	logFile: string;
	uid?: number;
	gid?: number;
}

/** A program that runs beside the test, with its output kept. */
export class LoggedProcess {
	private output = '';
	private readonly file: WriteStream;
	private readonly child: ChildProcess;
	readonly ended: Promise<number>;
	private code: number | undefined;

	constructor(
		readonly name: string,
		command: string,
		args: string[],
		{ logFile, ...options }: LoggedProcessOptions,
	) {
		this.file = createWriteStream(logFile, { flags: 'a' });
		this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		const keep = (chunk: Buffer) => {
			this.file.write(chunk);
			this.output = (this.output + chunk.toString()).slice(-LOG_LIMIT);
		};
		this.child.stdout!.on('data', keep);
		this.child.stderr!.on('data', keep);
		this.ended = new Promise((resolve) => {
			const end = (code: number) => {
				this.code ??= code;
				this.file.end();
				resolve(this.code);
			};
			this.child.on('error', (cause) => {
				keep(Buffer.from(`${cause.message}\n`));
				end(127);
			});
			this.child.on('close', (code) => end(code ?? 1));
		});
	}

	get pid(): number {
		return this.child.pid!;
	}

	/** Exit code, or `undefined` while it runs. */
	get exitCode(): number | undefined {
		return this.code;
	}

	/** What it printed (the last 4 MB). */
	get log(): string {
		return this.output;
	}

	/** Stops it and waits for its end; what does not end within `patience` ms is killed. */
	async stop(signal: NodeJS.Signals = 'SIGTERM', patience = 30_000): Promise<number> {
		if (this.code !== undefined) return this.code;
		this.child.kill(signal);
		const kill = setTimeout(() => this.child.kill('SIGKILL'), patience);
		try {
			return await this.ended;
		} finally {
			clearTimeout(kill);
		}
	}

	/** Resident memory in bytes. */
	async rss(): Promise<number> {
		const status = `/proc/${this.pid}/status`;
		if (existsSync(status)) {
			const kilobytes = /^VmRSS:\s+(\d+)/m.exec(await readFile(status, 'utf8'))?.[1];
			return Number(kilobytes ?? 0) * 1024;
		}
		const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.pid)]);
		return Number(stdout.trim()) * 1024;
	}
}
