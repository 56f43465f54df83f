import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './child.mjs';
import { ROOT } from './paths.mjs';
import { withNode24 } from './runtime.mjs';
import { say } from './say.mjs';

const tool = (file) => path.join(ROOT, 'node_modules', file);

/** Programs of node_modules by the file that Node runs. */
export const ESLINT = tool('eslint/bin/eslint.js');
export const TSC = tool('typescript/bin/tsc');
export const PRETTIER = tool('prettier/bin/prettier.cjs');
const JEST = tool('jest/bin/jest.js');

/**
 * @typedef {object} How
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [aside] it runs beside others: what it prints comes in one piece when it has ended
 */

/** Runs one of them under Node 24; answers its exit code. */
async function runTool(title, node24, file, args, { env = process.env, aside = false }) {
	const start = async (stdio) =>
		await run(node24.node, ['--disable-warning=ExperimentalWarning', file, ...args], {
			cwd: ROOT,
			env: withNode24(node24, env),
			stdio,
		});
	if (!aside) {
		say(`\n${title}`);
		return await start('inherit');
	}
	return await inFolder(async (folder) => {
		const output = path.join(folder, 'output');
		const file = await open(output, 'w');
		const code = await start(['ignore', file.fd, file.fd]).finally(() => file.close());
		say(`\n${title}\n${await readFile(output, 'utf8')}`);
		return code;
	});
}

async function inFolder(work) {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'checks-'));
	try {
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** A part with the time that it took. */
async function timed(title, work) {
	const begun = performance.now();
	const result = await work();
	return { title, seconds: (performance.now() - begun) / 1000, ...result };
}

/** Runs a check that has no tests of its own to count. @param {How} how */
export async function check(title, node24, file, args, how = {}) {
	return await timed(title, async () => {
		const code = await runTool(title, node24, file, args, how);
		return { passed: 0, failed: code === 0 ? 0 : 1, failures: code === 0 ? [] : [title] };
	});
}

/**
 * Runs Jest and counts. A file that does not load, or a run without tests, is a failure.
 *
 * @param {How & { partOf?: (file: string) => string }} how `partOf`: what a file's time counts for in the closing
 *   table; the file is given as in `unit/docs/pages.test.ts`
 */
export async function jest(title, node24, args, { partOf, ...how } = {}) {
	return await timed(
		title,
		async () =>
			await inFolder(async (folder) => {
				const report = path.join(folder, 'results.json');
				const code = await runTool(
					title,
					node24,
					JEST,
					[...args, '--json', `--outputFile=${report}`],
					how,
				);
				const results = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
				const failed = (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0);
				return {
					passed: results.numPassedTests ?? 0,
					failed: failed === 0 && code !== 0 ? 1 : failed,
					skipped: results.numPendingTests ?? 0,
					failures: failuresOf(results.testResults ?? []),
					parts: partOf ? secondsBy(partOf, results.testResults ?? []) : [],
				};
			}),
	);
}

/** Lines of a failure that say what was seen; what follows is where. */
const LINES_OF_A_FAILURE = 8;

/** What failed, by file and name, with the beginning of what it said. */
function failuresOf(files) {
	return files.flatMap(({ name, message, assertionResults }) => {
		const failed = assertionResults.filter(({ status }) => status === 'failed');
		const file = path.relative(ROOT, name);
		const said = (title, text) =>
			[`${file} › ${title}`]
				.concat(stripVTControlCharacters(text).split('\n').slice(0, LINES_OF_A_FAILURE))
				.join('\n    ');
		// A file that does not load has a message and no tests.
		if (assertionResults.length === 0 && message) return [said('does not run', message)];
		return failed.map(({ fullName, failureMessages }) => said(fullName, failureMessages[0] ?? ''));
	});
}

/** The times of test files, added up. */
function secondsBy(partOf, files) {
	const seconds = new Map();
	for (const { name, startTime, endTime } of files) {
		const part = partOf(path.relative(path.join(ROOT, 'test'), name));
		seconds.set(part, (seconds.get(part) ?? 0) + (endTime - startTime) / 1000);
	}
	return [...seconds].map(([title, time]) => ({ title, seconds: time }));
}

/** Prints what took how long and the closing line; answers the exit code. */
export function close(results) {
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	const rows = results.flatMap(({ title, seconds, parts = [] }) => [
		[title, seconds],
		...parts.map((part) => [`  ${part.title}`, part.seconds]),
	]);
	const table = [...rows, ['All of it', performance.now() / 1000]].map(
		([title, seconds]) => `${title.padEnd(40)}${seconds.toFixed(0).padStart(6)} s`,
	);
	process.stdout.write(`\n${table.join('\n')}\n`);
	// Once more at the end: a log that is cut in the middle, as those of CI are, still says what failed.
	for (const failure of results.flatMap(({ failures = [] }) => failures))
		process.stdout.write(`\nFailed: ${failure}\n`);
	process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
	return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}
