import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** The project's folder. */
export const ROOT = path.resolve(__dirname, '../../..');

/** Where the programs are that the harness drives. */
export interface Tools {
	/** Node 24's binary. */
	node: string;
	/** The file that Node runs to be n8n. */
	n8n: string;
	/** The user's cache folder of this project. */
	cache: string;
	/** Chromium or Chrome. */
	chromium?: string;
	/** The folder with `initdb` and `postgres`. */
	postgres?: string;
	/** `redis-server` or a drop-in. */
	redis?: string;
}

let found: Tools | undefined;

/**
 * Finds the programs, and installs Node 24 and n8n when they are missing. `npm run test:e2e` and
 * `npm run demo` have done that already and say where in `HARNESS_TOOLS`.
 */
export function tools(): Tools {
	found ??= JSON.parse(
		process.env.HARNESS_TOOLS ??
			execFileSync(process.execPath, [path.join(ROOT, 'scripts/tools.mjs')], {
				encoding: 'utf8',
				stdio: ['ignore', 'pipe', 'inherit'],
			}),
	) as Tools;
	return found;
}

/** A program that this machine may lack, with a plain word when it does. */
export function toolOrThrow(name: 'chromium' | 'postgres' | 'redis'): string {
	const program = tools()[name];
	if (!program) throw new Error(`${name} is not installed; npm run test:e2e tells how to get it`);
	return program;
}
