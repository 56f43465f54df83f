import { existsSync } from 'node:fs';
import path from 'node:path';
import { ALL_TO_STDERR, capture, run } from './child.mjs';
import { Trouble } from './say.mjs';

const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** npm as it started us, or the one on PATH. */
const npmCommand = () => {
	const cli = process.env.npm_execpath;
	return cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
};

/** What an enclosing `npm run` put into the environment would steer the npm that we start. */
const plainEnvironment = () =>
	Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^npm_(package|lifecycle|config_local_prefix|command|node_execpath)/.test(name),
		),
	);

/** Runs npm in `cwd`; answers its exit code. */
export function npm(args, cwd) {
	const [command, first] = npmCommand();
	return run(command, [...first, ...args, ...QUIET], {
		cwd,
		stdio: ALL_TO_STDERR,
		env: plainEnvironment(),
	});
}

/** Runs npm in `cwd` and stops with `otherwise` when it fails. */
export async function npmOrTrouble(args, cwd, otherwise) {
	const code = await npm(args, cwd);
	if (code !== 0) throw new Trouble(`${otherwise} (npm ${args[0]} ended with ${code}, see above)`);
}

/** The node-gyp that npm brings along, newer than the ones that packages pin. */
export async function bundledNodeGyp() {
	const candidates = [];
	const cli = process.env.npm_execpath;
	if (cli) candidates.push(path.resolve(path.dirname(cli), '../node_modules/node-gyp'));
	const { code, output } = await capture('npm', ['root', '--global', '--loglevel=silent']);
	if (code === 0)
		candidates.push(path.join(output.trim().split('\n').pop(), 'npm/node_modules/node-gyp'));
	return candidates
		.map((folder) => path.join(folder, 'bin/node-gyp.js'))
		.find((file) => existsSync(file));
}
