import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const alive = (pid) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch (cause) {
		return cause.code === 'EPERM';
	}
};

/** A lock is left over when its owner is gone, or never got as far as writing its name. */
async function leftOver(lock) {
	const owner = await readFile(path.join(lock, 'pid'), 'utf8').catch(() => '');
	if (owner !== '') return !alive(Number(owner));
	const made = await stat(lock).catch(() => undefined);
	return made !== undefined && Date.now() - made.mtimeMs > 10_000;
}

/** Does `work` while no other process does it under the same name. */
export async function underLock(lock, work) {
	await mkdir(path.dirname(lock), { recursive: true });
	for (let told = false; ; ) {
		try {
			await mkdir(lock);
			break;
		} catch (cause) {
			if (cause.code !== 'EEXIST') throw cause;
		}
		if (await leftOver(lock)) {
			await rm(lock, { recursive: true, force: true });
			continue;
		}
		if (!told) say(`Another process holds ${lock}; waiting for it …`);
		told = true;
		await sleep(1000);
	}
	try {
		await writeFile(path.join(lock, 'pid'), String(process.pid));
		return await work();
	} finally {
		await rm(lock, { recursive: true, force: true });
	}
}
