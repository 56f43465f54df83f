// Prints the folder of PostgreSQL's programs; installs them where that can be done.
import { runMain } from './lib/say.mjs';
import { ensurePrograms, findPrograms } from './lib/system.mjs';

await runMain(async () => {
	await ensurePrograms(['postgres']);
	process.stdout.write(`${findPrograms().postgres}\n`);
});
