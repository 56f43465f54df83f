import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, tools } from './tools';

const execute = promisify(execFile);

/** The package's name on npm and in every node type. */
export const PACKAGE = 'n8n-nodes-marketo-dynamics';

interface Manifest {
	version: string;
	dependencies?: Record<string, string>;
	[key: string]: unknown;
}

/** What n8n takes out of a package's manifest before it installs the rest. */
const NOT_INSTALLED = ['devDependencies', 'peerDependencies', 'optionalDependencies'];

const npm = async (args: string[], cwd: string) =>
	await execute('npm', [...args, '--loglevel=error'], { cwd, maxBuffer: 16_000_000 });

/** The tarball that npm would publish, unpacked. */
async function unpack(into: string): Promise<string> {
	await npm(['pack', '--ignore-scripts', '--pack-destination', into], ROOT);
	const tarball = (await readdir(into)).find((name) => name.endsWith('.tgz'))!;
	await execute('tar', ['-xzf', tarball], { cwd: into });
	return path.join(into, 'package');
}

/** Run-time dependencies do not change from build to build, so that they are installed once. */
async function installedDependencies(manifest: Manifest): Promise<string> {
	const wanted = JSON.stringify(manifest.dependencies ?? {});
	const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
	const folder = path.join(tools().cache, 'package-dependencies', name);
	try {
		await readFile(path.join(folder, 'package.json'));
		return folder;
	} catch {
		// Not there yet.
	}
	await mkdir(path.dirname(folder), { recursive: true });
	const partial = await mkdtemp(`${folder}-`);
	await writeFile(path.join(partial, 'package.json'), `{"dependencies":${wanted}}\n`);
	await mkdir(path.join(partial, 'node_modules'), { recursive: true });
	await npm(
		[
			'install',
			'--install-strategy=shallow',
			'--ignore-scripts',
			'--bin-links=false',
			'--package-lock=false',
			'--no-audit',
			'--no-fund',
		],
		partial,
	);
	await rename(partial, folder).catch(async () => await rm(partial, { recursive: true }));
	return folder;
}

/**
 * Installs the built package into an n8n data folder as n8n's own installer does it: `npm pack`,
 * unpack, drop what is not for run time, `npm install --ignore-scripts`.
 *
 * @param userFolder what n8n gets as `N8N_USER_FOLDER`
 */
export async function installPackage(userFolder: string): Promise<void> {
	const nodes = path.join(userFolder, '.n8n/nodes');
	const target = path.join(nodes, 'node_modules', PACKAGE);
	const work = await mkdtemp(path.join(os.tmpdir(), 'n8n-package-'));
	try {
		const unpacked = await unpack(work);
		const file = path.join(unpacked, 'package.json');
		const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
		for (const key of NOT_INSTALLED) delete manifest[key];
		await writeFile(file, JSON.stringify(manifest, undefined, 2));
		await rm(target, { recursive: true, force: true });
		await mkdir(path.dirname(target), { recursive: true });
		await cp(unpacked, target, { recursive: true });
		const dependencies = await installedDependencies(manifest);
		await cp(path.join(dependencies, 'node_modules'), path.join(target, 'node_modules'), {
			recursive: true,
		});
		await writeFile(
			path.join(nodes, 'package.json'),
			JSON.stringify({ private: true, dependencies: { [PACKAGE]: manifest.version } }),
		);
	} finally {
		await rm(work, { recursive: true, force: true });
	}
}
