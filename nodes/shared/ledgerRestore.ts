import { rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CannotDo } from '../../sync/cannotDo';
import type { Ledger } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { lostKey } from '../../sync/ledger/ownKey';
import { sqliteDialect, type LedgerFile } from '../../sync/ledger/sqlite';
import { afterRestore, beforeRestore, type Restored } from '../../sync/operate/restore';
import { SetUpProblem } from '../../sync/ports';
import { copyNamed, makeCopy, type MadeCopy } from './ledgerCopies';

/** What people of campaigns still wait for, or were answered, is so whatever a copy says. */
const OF_CAMPAIGNS = ['request', 'chunk'];
/** Calls of the day, what tables show, what people were told: likewise. */
const FACTS = ['calls', 'status.shown', 'told'];

export interface RestoredCopy extends Restored {
	copy: MadeCopy;
	/** The memory as it was before, a copy like any other. */
	savedAs: string;
}

interface Place {
	ledger: Ledger;
	file: LedgerFile;
	folder: string;
}

/**
 * R53: puts a copy in the place of the ledger, in one step, while n8n and its nodes go on with what they have open. The
 * present ledger is copied before, so that this can be taken back.
 *
 * @throws CannotDo where it may not be, with the ledger as it was
 */
export async function restoreCopy(
	{ ledger, file, folder }: Place,
	name: string,
): Promise<RestoredCopy> {
	const copy = copyNamed(folder, name);
	if (!copy)
		throw new CannotDo(
			`There is no copy called "${name}"`,
			'Choose one from the list; Back Up makes them',
		);
	if (copy.keyId !== ledger.key.id) throw otherKey(copy.keyId, ledger.key.id);
	const draft = join(folder, 'restoring.sqlite');
	const clear = () => ['', '-wal', '-shm'].forEach((end) => rmSync(draft + end, { force: true }));
	clear();
	try {
		await copyFile(copy.file, draft);
		const from = await opened(draft, ledger, copy);
		try {
			// A connection of its own holds back whoever would begin something in this process.
			const { before, savedAs } = await ledger.db.connection().execute(async (db) => {
				const before = await beforeRestore(ledger, db);
				const parts = { keyId: ledger.key.id, now: ledger.clock.now(), keep: Infinity };
				const saved = await makeCopy(folder, parts, async (to) => await file.copyTo(to));
				from.file.takeTablesOf(file, OF_CAMPAIGNS, FACTS);
				await file.becomeCopyOf(from.file);
				ledger.id = from.ledger.id;
				return { before, savedAs: saved.file };
			});
			return { ...(await afterRestore(ledger, before)), copy, savedAs };
		} finally {
			await from.ledger.close();
		}
	} finally {
		clear();
	}
}

function otherKey(own: string, present: string): CannotDo {
	return new CannotDo(
		`The copy was made with the key ${own}, but ledger.key holds the key ${present}`,
		'Put the ledger.key with that ID in its place, restart n8n, and restore then. With another key, the fingerprints in the copy are useless',
	);
}

/** The copy as a ledger of this version, whole, and with the key at hand. */
async function opened(
	draft: string,
	{ key, clock, random, timing }: Ledger,
	copy: MadeCopy,
): Promise<{ ledger: Ledger; file: LedgerFile }> {
	const cannot = (error: Error): never => {
		if (error instanceof SetUpProblem) throw new CannotDo(error.message, error.remedy);
		throw new CannotDo(
			`The copy ${copy.name} cannot be read: ${error.message}`,
			'Choose another one. The memory itself is unchanged',
		);
	};
	const open = async () => {
		const file = sqliteDialect(draft);
		return { file, ledger: await openLedger(file, { key, clock, random, timing }) };
	};
	const found = await open().catch(cannot);
	const checked = async () => {
		found.file.assertWhole();
		return await lostKey(found.ledger, found.ledger.db);
	};
	const own = await checked().catch(async (error: Error) => {
		await found.ledger.close();
		return cannot(error);
	});
	if (own === undefined) return found;
	await found.ledger.close();
	throw otherKey(own, key.id);
}
