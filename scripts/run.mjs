// Runs a TypeScript file of the project under Node 24: node scripts/run.mjs <file> [options]
import path from 'node:path';
import { run } from './lib/child.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { ensureNode24, withNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
	const [file, ...options] = process.argv.slice(2);
	await ensureDependencies();
	const node24 = await ensureNode24();
	return await run(node24.node, ['--import', 'tsx', path.join(ROOT, file), ...options], {
		cwd: ROOT,
		env: withNode24(node24),
	});
});
