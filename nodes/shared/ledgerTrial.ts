import { closeSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sleep } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import { isAlive } from './process';

const TRIAL = /^trial-(\d+)-\d+@(.+)\.sqlite(-wal|-shm|-journal)?$/;
/** Nobody's trial takes that long: what another machine has left, milliseconds. */
const LONGEST_MS = 24 * 3_600_000;

/** Of this process. */
const open = new Set<string>();
let trials = 0;

/**
 * Works on a copy of the ledger that is deleted afterwards. What a process that was killed has left goes with the next one.
 *
 * @param copyTo writes the copy into a file
 */
export async function onCopyOf<Result>(
	ledger: Ledger,
	folder: string,
	copyTo: (file: string) => Promise<void>,
	work: (copy: Ledger) => Promise<Result>,
): Promise<Result> {
	removeLeft(folder);
	const name = `trial-${process.pid}-${++trials}@${hostname()}.sqlite`;
	const file = join(folder, name);
	open.add(name);
	try {
		// For n8n's user alone, whatever the folder allows; SQLite gives what it makes beside the file the same rights.
		closeSync(openSync(file, 'wx', 0o600));
		await copyTo(file);
		const { key, clock, random, timing } = ledger;
		const dialect = sqliteDialect(file, { pause: sleep, now: () => Date.now() });
		const copy = await openLedger(dialect, { key, clock, random, timing });
		try {
			return await work(copy);
		} finally {
			await copy.close();
		}
	} finally {
		open.delete(name);
		for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
	}
}

function removeLeft(folder: string): void {
	for (const name of readdirSync(folder)) {
		const [, pid, machine] = TRIAL.exec(name) ?? [];
		if (pid === undefined || open.has(name.replace(/-(wal|shm|journal)$/, ''))) continue;
		const file = join(folder, name);
		const isLeft =
			machine === hostname()
				? !isAlive(Number(pid))
				: Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > LONGEST_MS;
		if (isLeft) rmSync(file, { force: true });
	}
}
