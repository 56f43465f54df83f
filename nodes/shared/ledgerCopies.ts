import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	statSync,
} from 'node:fs';
import { join } from 'node:path';

const COPY = /^ledger-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-key-([\w-]+)\.sqlite$/;
const FOLDER = 'backups';

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

/** A copy that is there. */
export interface MadeCopy {
	/** Without the folder. */
	name: string;
	file: string;
	/** ISO 8601, UTC. */
	madeAt: string;
	keyId: string;
	bytes: number;
}

/** All copies, the newest first. */
export function copiesIn(folder: string): MadeCopy[] {
	const backups = join(folder, FOLDER);
	if (!existsSync(backups)) return [];
	return readdirSync(backups)
		.sort()
		.reverse()
		.flatMap((name) => copyNamed(folder, name) ?? []);
}

/** Undefined where there is none of this name; a path is no name. */
export function copyNamed(folder: string, name: string): MadeCopy | undefined {
	const [, year, month, day, hour, minute, second, millisecond, keyId] = COPY.exec(name) ?? [];
	const file = join(folder, FOLDER, name);
	if (keyId === undefined || !existsSync(file)) return undefined;
	const madeAt = `${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`;
	return { name, file, madeAt, keyId, bytes: statSync(file).size };
}

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
	const backups = join(folder, FOLDER);
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
