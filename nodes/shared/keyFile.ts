import { randomBytes } from 'node:crypto';
import {
	closeSync,
	constants,
	copyFileSync,
	existsSync,
	fsyncSync,
	linkSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import type { BaseKey } from '../../sync/fingerprint';
import { SetUpProblem } from '../../sync/ports';

const SECRET_BYTES = 32;

/**
 * The key of the bases: kept beside the ledger but not in it (a copy of the ledger tells nothing), made
 * where there is none; a ledger that had another says so (`lane/keyStop.ts`).
 * @throws SetUpProblem when the file holds no key; nothing of it is quoted
 */
export function keyIn(file: string): BaseKey {
	if (!existsSync(file)) make(file);
	const key = parse(readFileSync(file, 'utf8'));
	if (key) return key;
	throw new SetUpProblem(
		`The key of the sync's ledger is damaged: ${file} has to hold an ID, and a secret of ${SECRET_BYTES} bytes in base64`,
		'Put the file back from your backup and restart n8n. If there is none, delete the file and restart n8n: a new key is created, and Adopt Present State in the Marketo Dynamics Sync node lets the sync continue with it',
	);
}

function parse(text: string): BaseKey | undefined {
	const { id, secret } = objectIn(text);
	if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id) || typeof secret !== 'string')
		return undefined;
	const bytes = Buffer.from(secret, 'base64');
	// Node leaves out what is no base64.
	return bytes.length === SECRET_BYTES && bytes.toString('base64') === secret
		? { id, secret: bytes }
		: undefined;
}

function objectIn(text: string): Record<string, unknown> {
	try {
		return (JSON.parse(text) ?? {}) as Record<string, unknown>;
	} catch {
		return {};
	}
}

export function newKey(): BaseKey {
	return { id: randomBytes(6).toString('base64url'), secret: randomBytes(SECRET_BYTES) };
}

/** The key of a memory that comes from elsewhere. One that is there already is kept, under a name with its ID. */
export function bringKey(file: string, key: BaseKey): void {
	if (existsSync(file)) {
		const there = parse(readFileSync(file, 'utf8'));
		if (there?.id === key.id && there.secret.equals(key.secret)) return;
		renameSync(file, `${file}.${there?.id ?? 'damaged'}`);
	}
	make(file, key);
}

/** All of the file is on disk before it has its name; whoever comes second takes what the first has made. */
function make(file: string, { id, secret }: BaseKey = newKey()): void {
	const draft = `${file}.${id}`;
	try {
		const text = JSON.stringify({ id, secret: secret.toString('base64') });
		writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
		nameOnce(draft, file);
	} finally {
		rmSync(draft, { force: true });
	}
}

function nameOnce(draft: string, file: string): void {
	try {
		linkSync(draft, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
		// Some network drives have no links.
		copyFileSync(draft, file, constants.COPYFILE_EXCL);
	}
	// Windows opens no folders.
	if (process.platform !== 'win32') flush(dirname(file));
}

function flush(folder: string): void {
	const handle = openSync(folder, 'r');
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}
