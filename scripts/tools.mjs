// Prints where Node 24, n8n and the programs of the end-to-end tests are, as JSON.
import { ensureDependencies } from './lib/dependencies.mjs';
import { runMain } from './lib/say.mjs';
import { ensureTools } from './lib/tools.mjs';

await runMain(async () => {
	await ensureDependencies();
	process.stdout.write(`${JSON.stringify(await ensureTools())}\n`);
});
