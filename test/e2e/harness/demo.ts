import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from './tools';
import type { TwinsLine } from './twins';
import type { PlacedWorkflow } from './world';

/** What `npm run demo -- --json` prints when all is up. */
export interface DemoLine extends TwinsLine {
	n8n: { url: string; email: string; password: string; apiKey: string };
	workflows: PlacedWorkflow[];
	syncNow: { url: string; headers: Record<string, string> };
}

export interface Demo {
	line: DemoLine;
	/** Ends it as Ctrl-C does, and waits until all that it started has ended. */
	stop(): Promise<void>;
}

/** Runs `npm run demo -- --json` with more options, as a script does; its messages go to stderr. */
export async function startDemo(options: string[]): Promise<Demo> {
	const child = spawn('npm', ['run', 'demo', '--', '--json', ...options], {
		cwd: ROOT,
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise<number>((resolve) => {
		child.on('close', (code) => resolve(code ?? 1));
	});
	const line = await new Promise<DemoLine>((resolve, reject) => {
		createInterface(child.stdout).on('line', (text) => {
			if (text.startsWith('{')) resolve(JSON.parse(text) as DemoLine);
		});
		child.on('error', reject);
		void ended.then((code) => reject(new Error(`The demo ended with ${code} before it was ready`)));
	});
	return {
		line,
		stop: async () => {
			child.kill('SIGTERM');
			await ended;
		},
	};
}
