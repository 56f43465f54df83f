// npm run bench: benchmarks of the built package; JSON lines on stdout. Options: see test/bench/README.md.
import path from 'node:path';
import { build } from './lib/build.mjs';
import { run } from './lib/child.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { ensureNode24, withNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';
import { ensureTools, withTools } from './lib/tools.mjs';

await runMain(async () => {
	const tools = await ensureTools();
	await ensureDependencies();
	await build();
	const node24 = await ensureNode24();
	const main = path.join(ROOT, 'test/bench/main.ts');
	return await run(node24.node, ['--import', 'tsx', main, ...process.argv.slice(2)], {
		cwd: ROOT,
		env: withTools(tools, withNode24(node24)),
	});
});
