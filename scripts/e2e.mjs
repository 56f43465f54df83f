// npm run test:e2e: the package in a real n8n, driven by a real browser.
//   --all   the long tests, too
// All other options go to Jest.
import { build, withPackage } from './lib/build.mjs';
import { close, jest } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain, say } from './lib/say.mjs';
import { ensurePrograms } from './lib/system.mjs';
import { ensureTools, withTools } from './lib/tools.mjs';

/** It measures what a user would wait for: nothing else runs beside it. */
const BY_THE_CLOCK = 'test/e2e/byTheClock';

const ALL = '--all';

await runMain(async () => {
	await ensureDependencies();
	await ensurePrograms(['chromium', 'postgres', 'redis']);
	const tools = await ensureTools();
	await build();
	const node24 = await ensureNode24();
	const all = process.argv.includes(ALL);
	const own = process.argv.slice(2).filter((option) => option !== ALL);
	const env = withPackage(withTools(tools, { ...process.env, ...(all && { E2E_ALL: 'yes' }) }));
	const run = async (title, ...args) =>
		await jest(title, node24, ['--config', 'jest.e2e.config.js', ...args], {
			env,
			partOf: (file) => file,
		});
	const results =
		own.length > 0
			? [await run('End to end', '--runInBand', ...own)]
			: [
					await run('End to end', '--maxWorkers=2', '--testPathIgnorePatterns', BY_THE_CLOCK),
					await run('End to end, by the clock', '--runInBand', BY_THE_CLOCK),
				];
	const skipped = results.reduce((sum, result) => sum + result.skipped, 0);
	if (skipped > 0)
		say(`\n${skipped} long tests were left out; "npm run test:e2e -- ${ALL}" runs them, too`);
	return close(results);
});
