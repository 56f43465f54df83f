import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ALL_TO_STDERR, run } from './child.mjs';
import { say, Trouble } from './say.mjs';

const executable = (file) => {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
};

/** The first of these programs that is on PATH (or is a path that exists). */
export function findProgram(...names) {
	const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
	for (const name of names) {
		if (name.includes('/') && executable(name)) return name;
		const found = folders.map((folder) => path.join(folder, name)).find(executable);
		if (found) return found;
	}
	return undefined;
}

const isMac = process.platform === 'darwin';
const isDebian = () => existsSync('/etc/debian_version');
const isRoot = () => process.getuid?.() === 0;

/** The line that installs something here, to be shown to people. */
function installLine(packages) {
	if (isMac) return packages.mac;
	const apt = `apt-get install -y ${packages.debian}`;
	if (isDebian()) return isRoot() ? apt : `sudo ${apt}`;
	return `install ${packages.words} with your system's package manager (on Debian: sudo ${apt})`;
}

/** Stops with the line that installs a compiler when n8n's database driver cannot be built. */
export function checkCompiler() {
	const missing = [];
	if (!findProgram('c++', 'g++', 'clang++')) missing.push('a C++ compiler');
	if (!findProgram('make', 'gmake')) missing.push('make');
	if (!findProgram('python3', 'python')) missing.push('Python 3');
	if (missing.length === 0) return;
	const line = installLine({
		debian: 'g++ make python3',
		mac: 'xcode-select --install',
		words: 'a C++ compiler, make and Python 3',
	});
	throw new Trouble(
		`n8n's SQLite driver is compiled on this machine, and that needs ${missing.join(', ')}.\n` +
			`Install with:\n\n    ${line}\n\nthen run this command again.`,
	);
}

const postgresFolder = () => {
	const versions = '/usr/lib/postgresql';
	const folders = existsSync(versions)
		? readdirSync(versions)
				.sort((a, b) => Number(b) - Number(a))
				.map((version) => path.join(versions, version, 'bin'))
		: [];
	const onPath = findProgram('initdb');
	if (onPath) folders.push(path.dirname(onPath));
	return folders.find((folder) => executable(path.join(folder, 'initdb')));
};

const CHROME_ON_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Programs of the end-to-end tests: where they are, and what installs them. */
const PROGRAMS = {
	chromium: {
		find: () =>
			process.env.CHROME ||
			findProgram('chromium', 'chromium-browser', 'google-chrome', CHROME_ON_MAC),
		packages: {
			debian: 'chromium',
			mac: 'brew install --cask google-chrome',
			words: 'Chromium or Google Chrome (or name it in the variable CHROME)',
		},
	},
	postgres: {
		find: postgresFolder,
		packages: { debian: 'postgresql', mac: 'brew install postgresql', words: 'PostgreSQL' },
	},
	redis: {
		find: () => findProgram('redis-server', 'valkey-server'),
		packages: { debian: 'redis-server', mac: 'brew install redis', words: 'Redis' },
	},
};

/** Where those programs are that this machine has (for postgres: the folder). */
export const findPrograms = () =>
	Object.fromEntries(Object.entries(PROGRAMS).map(([name, { find }]) => [name, find()]));

async function aptInstall(names) {
	say(`Installing ${names.join(', ')} with apt-get …`);
	// A package that starts its own server on install would take the port that a test wants.
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
	const options = { env, stdio: ALL_TO_STDERR };
	const install = ['install', '-y', '--no-install-recommends', ...names];
	if ((await run('apt-get', install, options)) === 0) return;
	await run('apt-get', ['update'], options);
	await run('apt-get', install, options);
}

/**
 * Finds the programs that the end-to-end tests drive. As root on Debian what is missing is
 * installed; elsewhere the line that installs it is shown.
 *
 * @param {('chromium' | 'postgres' | 'redis')[]} names
 */
export async function ensurePrograms(names) {
	const missing = () => names.filter((name) => !PROGRAMS[name].find());
	if (missing().length > 0 && isDebian() && isRoot()) {
		await aptInstall(missing().map((name) => PROGRAMS[name].packages.debian));
	}
	const lines = missing().map((name) => `    ${installLine(PROGRAMS[name].packages)}`);
	if (lines.length > 0) {
		throw new Trouble(
			`These tests need ${missing().join(', ')}. Install with:\n\n${lines.join('\n')}\n\n` +
				'then run this command again.',
		);
	}
}
