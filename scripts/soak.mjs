// npm run soak: a real n8n for half an hour with a fault each ten seconds, on both kinds of database.
//   --minutes 30   how long, each
//   --seed 1       which faults and edits: what was printed repeats them, as far as a clock does
//   --on file      one kind of database alone: file or postgres
// All other options go to Jest.
import { build, withPackage } from './lib/build.mjs';
import { close, jest } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';
import { ensurePrograms } from './lib/system.mjs';
import { ensureTools, withTools } from './lib/tools.mjs';

const options = process.argv.slice(2);

/** What follows an option, which Jest does not know. */
function take(name) {
	const at = options.indexOf(name);
	return at < 0 ? undefined : options.splice(at, 2)[1];
}

const minutes = take('--minutes') ?? '30';
const seed = take('--seed') ?? String(Date.now() % 1_000_000);
const on = take('--on');

await runMain(async () => {
	await ensureDependencies();
	await ensurePrograms(['postgres']);
	const tools = await ensureTools();
	await build();
	const env = withPackage(
		withTools(tools, {
			...process.env,
			SOAK_MINUTES: minutes,
			SOAK_SEED: seed,
			...(on && { SOAK_ON: on }),
		}),
	);
	const soaked = await jest(
		'Soak',
		await ensureNode24(),
		['--config', 'jest.e2e.config.js', '--runInBand', 'test/e2e/soak.e2e', ...options],
		{ env, partOf: (file) => file },
	);
	return close([soaked]);
});
