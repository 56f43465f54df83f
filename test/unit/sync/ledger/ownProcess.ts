import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transformFileSync } from '@swc/core';

import type { Opened, Opening } from './opener';

const ROOT = path.join(__dirname, '../../../..');
/** What opening a ledger needs. */
const FOLDERS = ['sync', 'sync/convert', 'sync/lanes', 'sync/ledger', 'test/unit/sync/ledger'];

/** Processes that open ledgers. All is compiled once: a process is there in less than a tenth of a second. */
export class OwnProcess {
	readonly folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));

	constructor() {
		for (const folder of FOLDERS) {
			mkdirSync(path.join(this.folder, folder), { recursive: true });
			const files = readdirSync(path.join(ROOT, folder)).filter(
				(name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
			);
			for (const file of files) this.compile(path.join(folder, file));
		}
	}

	private compile(file: string): void {
		const { code } = transformFileSync(path.join(ROOT, file), {
			jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
			module: { type: 'commonjs' },
			swcrc: false,
		});
		writeFileSync(path.join(this.folder, file.replace(/\.ts$/, '.js')), code);
	}

	/** Undefined: it died. @param limit for the shell, before it becomes the process */
	async open(opening: Opening, limit = ''): Promise<Opened | undefined> {
		return await this.run<Opened>('opener', opening, limit);
	}

	/** What a script of this folder prints as JSON; undefined: it died. */
	async run<Printed>(name: string, task: object, limit = ''): Promise<Printed | undefined> {
		const script = path.join(this.folder, `test/unit/sync/ledger/${name}.js`);
		const process_ = spawn(
			'sh',
			[
				'-c',
				`${limit} exec "$0" "$@"`,
				process.execPath,
				'--disable-warning=ExperimentalWarning',
				script,
				JSON.stringify(task),
			],
			{
				env: { ...process.env, NODE_PATH: path.join(ROOT, 'node_modules') },
				stdio: ['ignore', 'pipe', 'inherit'],
			},
		);
		let out = '';
		process_.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
		const signal = await new Promise((resolve) =>
			process_.on('close', (_code, ended) => resolve(ended)),
		);
		return signal === 'SIGKILL' ? undefined : (JSON.parse(out) as Printed);
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}
