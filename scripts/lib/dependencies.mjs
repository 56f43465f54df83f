import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { underLock } from './lock.mjs';
import { npm, npmOrTrouble } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';

const packagesIn = async (file) => {
	try {
		return JSON.parse(await readFile(file, 'utf8')).packages;
	} catch {
		return undefined;
	}
};

/** Whether node_modules holds what the lock file asks for: 'missing', 'outdated' or 'fine'. */
async function state() {
	const installed = await packagesIn(path.join(ROOT, 'node_modules/.package-lock.json'));
	if (!installed) return 'missing';
	const wanted = await packagesIn(path.join(ROOT, 'package-lock.json'));
	const outdated = Object.entries(wanted ?? {}).some(
		([folder, { version, optional }]) =>
			folder !== '' && !optional && installed[folder]?.version !== version,
	);
	return outdated ? 'outdated' : 'fine';
}

/** Installs the project's own dependencies when they are missing or older than the lock file. */
export async function ensureDependencies() {
	if ((await state()) === 'fine') return;
	await underLock(path.join(ROOT, '.install.lock'), async () => {
		const now = await state();
		if (now === 'fine') return;
		say(`Installing the project's dependencies (${now}) …`);
		// A fresh folder takes exactly the lock file. A registry that lacks packages for other
		// platforms makes `npm ci` refuse; `npm install` goes by the same lock file.
		if (now === 'missing' && (await npm(['ci', '--ignore-scripts'], ROOT)) === 0) return;
		await npmOrTrouble(
			['install', '--no-save', '--ignore-scripts'],
			ROOT,
			"The project's dependencies could not be installed",
		);
	});
}
