import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../e2e/harness/tools';
import { startWorld, SYNC_KEY, type World } from '../e2e/harness/world';
import { runOnce } from './once';
import { readOptions } from './options';
import { runAndTell } from './stay';

/** Settles when somebody asks the demo to stop. */
const stopped = () =>
	Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));

const FOLDER = path.join(ROOT, '.demo');

const say = (message: string) => process.stderr.write(`${message}\n`);

const answer = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The one line of `--json`. */
const describeWorld = ({ twins, n8n, workflows }: World) => ({
	...twins.line,
	n8n: {
		url: n8n.url,
		email: n8n.owner.email,
		password: n8n.owner.password,
		apiKey: n8n.apiKey,
	},
	workflows,
	syncNow: {
		url: `${n8n.url}/webhook/marketo-dynamics/sync-now`,
		headers: { [SYNC_KEY.name]: SYNC_KEY.value },
	},
});

async function main(): Promise<number> {
	const options = readOptions(process.argv.slice(2));
	const stop = stopped();
	await rm(FOLDER, { recursive: true, force: true });
	const { twins, fast } = options;
	const world = await startWorld({ folder: FOLDER, twins, fast, say });
	try {
		if (options.mode === 'once') {
			const outcome = await Promise.race([runOnce(world, say), stop.then(() => undefined)]);
			if (outcome) answer(outcome);
			return outcome?.ok ? 0 : 1;
		}
		if (options.mode === 'json') answer(describeWorld(world));
		else
			await Promise.race([runAndTell(world, say).then((text) => process.stdout.write(text)), stop]);
		await stop;
		return 0;
	} finally {
		await world.stop();
	}
}

main().then(
	(code) => process.exit(code),
	(cause: unknown) => {
		process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
		process.exit(1);
	},
);
