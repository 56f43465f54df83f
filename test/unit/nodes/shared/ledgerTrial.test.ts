import {
	existsSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';

import { onCopyOf } from '../../../../nodes/shared/ledgerTrial';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../sync/ledger/meta';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect, type LedgerFile } from '../../../../sync/ledger/sqlite';

const DEAD = 2 ** 22 + 1;
const HOUR = 3_600_000;

describe('a copy of the ledger for a trial', () => {
	let folder: string;
	let file: LedgerFile;
	let ledger: Ledger;
	beforeEach(async () => {
		folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
		file = sqliteDialect(path.join(folder, 'ledger.sqlite'));
		ledger = await openLedger(file, {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => Date.now() },
			random: { id: () => Math.random().toString(36) },
			timing: NORMAL_TIMING,
		});
		await setMeta(ledger.db, 'what', 'is so');
	});
	afterEach(async () => {
		await ledger.close();
		rmSync(folder, { recursive: true });
	});
	const trial = async <Result>(work: (copy: Ledger) => Promise<Result>) =>
		await onCopyOf(ledger, folder, async (to) => await file.copyTo(to), work);
	const trials = () => readdirSync(folder).filter((name) => name.startsWith('trial'));

	it('knows what the ledger knows, is readable by nobody else, and changes nothing of it', async () => {
		await trial(async (copy) => {
			expect([copy.id, await metaValue(copy.db, 'what')]).toEqual([ledger.id, 'is so']);
			await setMeta(copy.db, 'what', 'would be');
			for (const name of trials())
				expect([name, statSync(path.join(folder, name)).mode & 0o077]).toEqual([name, 0]);
		});
		expect(await metaValue(ledger.db, 'what')).toBe('is so');
	});

	it('is gone afterwards, also where the trial fails', async () => {
		await trial(async () => expect(trials()).not.toEqual([]));
		expect(trials()).toEqual([]);
		await expect(trial(async () => Promise.reject(new Error('Stopped')))).rejects.toThrow(
			'Stopped',
		);
		expect(trials()).toEqual([]);
	});

	it('goes with the next one where its process was killed, and stays where another one is at work on it', async () => {
		const left = `trial-${DEAD}-1@${hostname()}.sqlite`;
		const alive = `trial-${process.ppid}-1@${hostname()}.sqlite`;
		const elsewhere = 'trial-1-1@another.sqlite';
		const longAgo = 'trial-2-1@another.sqlite-wal';
		for (const name of [left, `${left}-wal`, alive, elsewhere, longAgo])
			writeFileSync(path.join(folder, name), '');
		utimesSync(path.join(folder, longAgo), new Date(), new Date(Date.now() - 25 * HOUR));
		await trial(async (mine) => {
			await trial(async () => undefined);
			await setMeta(mine.db, 'what', 'goes on');
			expect(existsSync(path.join(folder, left))).toBe(false);
		});
		expect(trials().sort()).toEqual([elsewhere, alive].sort());
	});
});
