// npm run test:e2e: the package in a real n8n, driven by a real browser. Options go to Jest.
import { build, withPackage } from './lib/build.mjs';
import { close, jest } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';
import { ensurePrograms } from './lib/system.mjs';
import { ensureTools, withTools } from './lib/tools.mjs';

/** They measure what a user would wait for: nothing else runs beside them. */
const BY_THE_CLOCK = 'test/e2e/(browser|dynamicsTrigger|marketoTrigger)';

await runMain(async () => {
	await ensureDependencies();
	await ensurePrograms(['chromium', 'postgres', 'redis']);
	const tools = await ensureTools();
	await build();
	const node24 = await ensureNode24();
	const run = async (title, ...args) =>
		await jest(title, node24, ['--config', 'jest.e2e.config.js', ...args], withPackage(withTools(tools)));
	const own = process.argv.slice(2);
	if (own.length > 0) return close([await run('End to end', '--runInBand', ...own)]);
	return close([
		await run('End to end', '--maxWorkers=2', '--testPathIgnorePatterns', BY_THE_CLOCK),
		await run('End to end, by the clock', '--runInBand', BY_THE_CLOCK),
	]);
});
