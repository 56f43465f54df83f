import { once } from 'node:events';
import { startDemo, type Demo } from './demo';
import { readOptions } from './options';

/** Settles when somebody asks the demo to stop. */
const stopped = () =>
	Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));

const answer = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The one line of `--json`. */
const describeDemo = ({ twins, n8n, workflows }: Demo) => ({
	...twins.line,
	n8n: {
		url: n8n.url,
		email: n8n.owner.email,
		password: n8n.owner.password,
		apiKey: n8n.apiKey,
	},
	workflows,
});

async function main(): Promise<number> {
	const options = readOptions(process.argv.slice(2));
	const stop = stopped();
	const demo = await startDemo(options);
	try {
		if (options.mode === 'json') answer(describeDemo(demo));
		await stop;
		return 0;
	} finally {
		await demo.stop();
	}
}

main().then(
	(code) => process.exit(code),
	(cause: unknown) => {
		process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
		process.exit(1);
	},
);
