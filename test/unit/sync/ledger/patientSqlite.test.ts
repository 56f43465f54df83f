import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../sync/ledger/meta';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

/** A backup program, a browser for databases or a second n8n has the file locked. */
describe("somebody else's lock", () => {
	let folder: string;
	let ledger: Ledger;
	let other: DatabaseSync;
	const open = async (pause: (milliseconds: number) => Promise<void>) =>
		await openLedger(
			sqliteDialect(path.join(folder, 'ledger.sqlite'), { pause, now: () => Date.now() }),
			{
				key: { id: 'k', secret: Buffer.alloc(32, 1) },
				clock: { now: () => Date.now() },
				random: { id: () => 'x' },
				timing: NORMAL_TIMING,
			},
		);
	beforeEach(async () => {
		folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
		ledger = await open(sleep);
		other = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
	});
	afterEach(async () => {
		other.close();
		await ledger.close();
		rmSync(folder, { recursive: true, force: true });
	});

	/**
	 * Longest time that n8n could do nothing else while this went on; milliseconds. The least of some rounds, as a disk
	 * that is slow for a moment stands still by itself: what nobody is let into does so each time.
	 */
	const standstill = async (work: () => Promise<unknown>): Promise<number> => {
		let least = Infinity;
		for (let round = 0; round < 4 && least >= 500; round++)
			least = Math.min(least, await standstillOnce(work()));
		return least;
	};

	const standstillOnce = async (work: Promise<unknown>): Promise<number> => {
		let [longest, last, isOver] = [0, Date.now(), false];
		const ended = work.finally(() => (isOver = true));
		while (!isOver) {
			await new Promise((resolve) => setTimeout(resolve, 1));
			longest = Math.max(longest, Date.now() - last);
			last = Date.now();
		}
		await ended;
		return longest;
	};

	it.each([
		['a write', async () => await setMeta(ledger.db, 'a', 'written')],
		[
			'a transaction',
			async () =>
				await ledger.db.transaction().execute(async (db) => await setMeta(db, 'a', 'written')),
		],
	])('holds up %s, not n8n, and is waited for', async (_, write) => {
		const behindALock = async () => {
			other.exec('begin immediate');
			setTimeout(() => other.exec('commit'), 1_000);
			await write();
		};
		expect(await standstill(behindALock)).toBeLessThan(500);
		expect(await metaValue(ledger.db, 'a')).toBe('written');
	});

	it('holds up no reading', async () => {
		other.exec('begin immediate');
		expect(await metaValue(ledger.db, 'a')).toBeUndefined();
	});

	it('is said after a minute, in words, and the ledger goes on afterwards', async () => {
		await ledger.close();
		let waited = 0;
		ledger = await open(async (milliseconds) => void (waited += milliseconds));
		other.exec('begin immediate');
		await expect(setMeta(ledger.db, 'a', 'x')).rejects.toMatchObject({
			message: "Another program has locked the sync's ledger for more than a minute",
			remedy: expect.stringMatching(/^Close whatever has ledger.sqlite open besides n8n/) as string,
		});
		expect(waited).toBe(60_000);
		other.exec('commit');
		await setMeta(ledger.db, 'a', 'written');
		expect(await metaValue(ledger.db, 'a')).toBe('written');
	});

	it('is no reason to let nobody in during long work: every twentieth of a second the others have their turn', async () => {
		const many = async () =>
			await ledger.db.transaction().execute(async (db) => {
				for (const end = Date.now() + 1_000; Date.now() < end; ) await setMeta(db, 'a', 'x');
			});
		expect(await standstill(many)).toBeLessThan(500);
	});
});
