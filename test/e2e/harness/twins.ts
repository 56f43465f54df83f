import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, tools } from './tools';

/** What `npm run twins` prints when it is ready. */
export interface TwinsLine {
	dynamics: {
		url: string;
		tokenUrl: string;
		tenantId: string;
		clientId: string;
		clientSecret: string;
	};
	marketo: { url: string; clientId: string; clientSecret: string };
	[key: string]: unknown;
}

export interface Twins {
	line: TwinsLine;
	stop(): Promise<void>;
}

/** Starts both twins with these options; their messages go to stderr. */
export async function startTwins(options: string[]): Promise<Twins> {
	const child = spawn(
		tools().node,
		['--import', 'tsx', path.join(ROOT, 'test/twins/main.ts'), ...options],
		{ cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
	);
	const ended = new Promise<number>((resolve) => {
		child.on('close', (code) => resolve(code ?? 1));
	});
	const line = await new Promise<TwinsLine>((resolve, reject) => {
		createInterface(child.stdout).on('line', (text) => {
			if (text.startsWith('{')) resolve(JSON.parse(text) as TwinsLine);
			else process.stderr.write(`${text}\n`);
		});
		void ended.then((code) =>
			reject(new Error(`The twins ended with ${code} before they were ready`)),
		);
	});
	return {
		line,
		stop: async () => {
			child.kill('SIGTERM');
			const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
			await ended;
			clearTimeout(kill);
		},
	};
}
