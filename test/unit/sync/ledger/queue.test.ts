import { NORMAL_TIMING, openLedger, type Ledger } from '../../../../sync/ledger/ledger';
import { enqueue, handOutDue, needsHelp, retryLater } from '../../../../sync/ledger/queue';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const NOW = 1_000_000_000;

async function open(): Promise<Ledger> {
	return await openLedger(sqliteDialect(':memory:'), { key: { id: 'k', secret: Buffer.alloc(32, 1) }, clock: { now: () => NOW }, random: { id: () => 'id' }, timing: NORMAL_TIMING });
}

const put = async (ledger: Ledger, subject: string, dueAt: number) => await enqueue(ledger, ledger.db, { subject, dueAt, code: 'test', reason: 'Test', run: '' });
const handOut = async (ledger: Ledger, most: number, count = true) => (await handOutDue(ledger, ledger.db, most, count)).map(({ subject }) => subject);
const rowOf = async (ledger: Ledger) => await ledger.db.selectFrom('queue').select(['state', 'attempts', 'due_at']).executeTakeFirstOrThrow();

describe(handOutDue, () => {
	it('hands out what is due, the longest due first, and no more than asked for (R3)', async () => {
		const ledger = await open();
		await put(ledger, 'lead:a', NOW - 1);
		await put(ledger, 'lead:c', NOW);
		await put(ledger, 'lead:b', NOW - 2);
		await put(ledger, 'lead:d', NOW + 1);
		expect(await handOut(ledger, 2)).toEqual(['lead:b', 'lead:a']);
		expect(await handOut(ledger, 9)).toEqual(['lead:b', 'lead:a', 'lead:c']);
	});

	it('counts the attempt before the work (R37: the work may end the process), but not that of a preview', async () => {
		const ledger = await open();
		await put(ledger, 'lead:a', NOW);
		await handOut(ledger, 9);
		await handOut(ledger, 9, false);
		expect(await rowOf(ledger)).toMatchObject({ attempts: 1 });
	});
});

describe(retryLater, () => {
	it('waits twice as long each time, and asks for help after six attempts (R37)', async () => {
		const ledger = await open();
		const pauses: number[] = [];
		for (let attempt = 1; attempt <= 6; attempt++) {
			await put(ledger, 'lead:a', NOW);
			await handOut(ledger, 9);
			await retryLater(ledger, ledger.db, { subject: 'lead:a', code: 'test', reason: 'Test', remedy: 'None', run: '' });
			pauses.push((Number((await rowOf(ledger)).due_at) - NOW) / NORMAL_TIMING.retry);
		}
		expect(pauses.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
		expect(await rowOf(ledger)).toMatchObject({ state: 'help' });
	});
});

describe(needsHelp, () => {
	it('is news once: the same reason again is none', async () => {
		const ledger = await open();
		const help = { subject: 'lead:a', code: 'test', reason: 'Test', remedy: 'None', run: '' };
		expect(await needsHelp(ledger, ledger.db, help)).toBe(true);
		expect(await needsHelp(ledger, ledger.db, help)).toBe(false);
		expect(await needsHelp(ledger, ledger.db, { ...help, reason: 'Another' })).toBe(true);
	});
});
