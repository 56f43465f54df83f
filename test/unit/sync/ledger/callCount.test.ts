import { callsToday, countCall } from '../../../../sync/ledger/callCount';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { takeTurn } from '../../../../sync/ledger/pace';
import { newPlace } from './database';

const open = async (now = () => 0) =>
	await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now },
		random: { id: () => 'id' },
		timing: NORMAL_TIMING,
	});

/** Midnight in Chicago in winter is six o'clock UTC. */
const BEFORE = Date.parse('2026-03-02T05:59:59Z');
const AFTER = Date.parse('2026-03-02T06:00:00Z');

describe('callsToday', () => {
	it('is unknown before the first call', async () => {
		expect(await callsToday((await open()).db, 'marketo', AFTER)).toBeNull();
	});

	it("starts anew at Marketo's midnight, not at ours", async () => {
		const { db } = await open();
		await countCall(db, 'marketo', BEFORE);
		await countCall(db, 'marketo', BEFORE);
		expect(await callsToday(db, 'marketo', BEFORE)).toBe(2);
		expect(await callsToday(db, 'marketo', AFTER)).toBe(0);
		await countCall(db, 'marketo', AFTER);
		expect(await callsToday(db, 'marketo', AFTER)).toBe(1);
	});

	it('keeps the two systems apart', async () => {
		const { db } = await open();
		await countCall(db, 'dynamics', AFTER);
		expect(await callsToday(db, 'marketo', AFTER)).toBeNull();
	});

	it('counts every call that took its turn, and none that has to wait', async () => {
		const ledger = await open(() => AFTER);
		const budget = { calls: 2, window: 20_000, atOnce: 5 };
		for (let asked = 0; asked < 3; asked++) await takeTurn(ledger, 'marketo', { budget });
		expect(await callsToday(ledger.db, 'marketo', AFTER)).toBe(2);
	});
});
