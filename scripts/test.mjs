// npm test: lint, types, unit, scenario and simulation tests. Options go to Jest.
import { check, close, ESLINT, jest, TSC } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
	await ensureDependencies();
	const node24 = await ensureNode24();
	return close([
		await check('Lint', node24, ESLINT, ['.', '--max-warnings=0']),
		await check('Types', node24, TSC, ['-p', '.']),
		await jest('Tests', node24, process.argv.slice(2)),
	]);
});
