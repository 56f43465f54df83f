import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './child.mjs';
import { ROOT } from './paths.mjs';
import { withNode24 } from './runtime.mjs';
import { say } from './say.mjs';

const tool = (file) => path.join(ROOT, 'node_modules', file);

/** Programs of node_modules by the file that Node runs. */
export const ESLINT = tool('eslint/bin/eslint.js');
export const TSC = tool('typescript/bin/tsc');
export const JEST = tool('jest/bin/jest.js');

/** Runs one of them under Node 24; answers its exit code. */
export const runTool = (node24, file, args, env = process.env) =>
	run(node24.node, ['--disable-warning=ExperimentalWarning', file, ...args], {
		cwd: ROOT,
		env: withNode24(node24, env),
	});

/** Runs a check that has no tests of its own to count. */
export async function check(title, node24, file, args) {
	say(`\n${title}`);
	const code = await runTool(node24, file, args);
	return { passed: 0, failed: code === 0 ? 0 : 1 };
}

/** Runs Jest and counts. A file that does not load, or a run without tests, is a failure. */
export async function jest(title, node24, args, env) {
	say(`\n${title}`);
	const folder = await mkdtemp(path.join(os.tmpdir(), 'jest-results-'));
	const report = path.join(folder, 'results.json');
	try {
		const code = await runTool(node24, JEST, [...args, '--json', `--outputFile=${report}`], env);
		const results = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
		const passed = results.numPassedTests ?? 0;
		const failed = (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0);
		return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** Prints the closing line and answers the exit code. */
export function close(results) {
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
	return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}
