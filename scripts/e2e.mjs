// npm run test:e2e: the package in a real n8n, driven by a real browser. Options go to Jest.
import { close, jest } from './lib/checks.mjs';
import { build, harnessEnvironment } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureN8n, ensureNode24 } from './lib/runtime.mjs';
import { runMain, say } from './lib/say.mjs';
import { ensurePrograms, versionOf } from './lib/system.mjs';

await runMain(async () => {
	await ensureDependencies();
	const node24 = await ensureNode24();
	const n8n = await ensureN8n();
	const programs = await ensurePrograms(['chromium', 'postgres', 'redis']);
	await build();
	say(`n8n ${n8n.version}, ${await versionOf(programs.chromium)}`);
	const args = ['--config', 'jest.e2e.config.js', '--runInBand', ...process.argv.slice(2)];
	const env = harnessEnvironment(node24, n8n, programs);
	return close([await jest('End to end', node24, args, env)]);
});
