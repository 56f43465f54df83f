import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const COPY = /^ledger-\d{8}T\d{9}Z-key-[\w-]+\.sqlite$/;

/** A copy of the ledger, beside it. */
export type LedgerCopy = {
	file: string;
	bytes: number;
	/** Of the key that it was made with, which is not in it. */
	keyId: string;
	/** Where that key is at present. */
	keyFile: string;
	/** How many there are now. */
	copies: number;
};

/**
 * Makes a copy in the folder `backups` and deletes the oldest ones beyond `keep`. It has its name once it is whole.
 *
 * @param copyTo writes the copy into a file
 */
export async function makeCopy(
	folder: string,
	{ keyId, now, keep }: { keyId: string; now: number; keep: number },
	copyTo: (file: string) => Promise<void>,
): Promise<LedgerCopy> {
	const backups = join(folder, 'backups');
	mkdirSync(backups, { recursive: true, mode: 0o700 });
	const moment = new Date(now).toISOString().replaceAll(/[-:.]/g, '');
	const file = join(backups, `ledger-${moment}-key-${keyId}.sqlite`);
	const draft = `${file}.part`;
	try {
		await copyTo(draft);
		chmodSync(draft, 0o600);
		renameSync(draft, file);
	} finally {
		rmSync(draft, { force: true });
	}
	const all = readdirSync(backups)
		.filter((name) => COPY.test(name))
		.sort();
	const kept = all.slice(-Math.max(1, Math.trunc(keep)));
	for (const name of all.slice(0, all.length - kept.length)) rmSync(join(backups, name));
	const keyFile = join(folder, 'ledger.key');
	return { file, bytes: statSync(file).size, keyId, keyFile, copies: kept.length };
}
