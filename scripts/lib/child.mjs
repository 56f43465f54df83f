import { spawn } from 'node:child_process';
import { watchNpm } from './parents.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program to its end and answers its exit code. Its output goes where ours goes; signals
 * that reach us are handed on, so that stopping the command stops what it started; so does the end of
 * the `npm run` that we belong to.
 *
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} options
 */
export function run(command, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: 'inherit', ...options });
		const handOn = (signal) => child.kill(signal);
		for (const signal of SIGNALS) process.on(signal, handOn);
		const unwatch = watchNpm(() => child.kill('SIGTERM'));
		const tidy = () => {
			unwatch();
			for (const signal of SIGNALS) process.off(signal, handOn);
		};
		child.on('error', (cause) => {
			tidy();
			reject(cause);
		});
		child.on('close', (code, signal) => {
			tidy();
			resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1));
		});
	});
}

/** Output on stderr only: for helpers whose chatter must not mix with an answer on stdout. */
export const ALL_TO_STDERR = ['ignore', 2, 2];

/** Runs a program silently; answers code and all that it printed. */
export function capture(command, args, options = {}) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
		let output = '';
		child.stdout.on('data', (chunk) => (output += chunk));
		child.stderr.on('data', (chunk) => (output += chunk));
		child.on('error', (cause) => resolve({ code: 127, output: cause.message }));
		child.on('close', (code) => resolve({ code: code ?? 1, output }));
	});
}
