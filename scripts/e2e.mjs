// npm run test:e2e: the package in a real n8n, driven by a real browser. Options go to Jest.
import { build } from './lib/build.mjs';
import { close, jest } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';
import { ensurePrograms } from './lib/system.mjs';
import { ensureTools, withTools } from './lib/tools.mjs';

await runMain(async () => {
	await ensureDependencies();
	await ensurePrograms(['chromium', 'postgres', 'redis']);
	const tools = await ensureTools();
	await build();
	const args = ['--config', 'jest.e2e.config.js', '--runInBand', ...process.argv.slice(2)];
	return close([await jest('End to end', await ensureNode24(), args, withTools(tools))]);
});
