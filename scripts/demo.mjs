// npm run demo: the twins of both vendors and a real n8n with the package, ready to look at.
//   --json   start everything, run nothing, print one JSON line
//   --once   first run, edits on both sides, comparison; one JSON line; exit code 0 or 1
//   --fast   short intervals, retries and leases
// All other options go to the twins (npm run twins).
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
	const main = path.join(ROOT, 'test/demo/main.ts');
	return await run(node24.node, ['--import', 'tsx', main, ...process.argv.slice(2)], {
		cwd: ROOT,
		env: withTools(tools, withNode24(node24)),
	});
});
