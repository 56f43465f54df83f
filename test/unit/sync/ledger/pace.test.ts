import { NORMAL_TIMING, openLedger } from '../../../../sync/ledger/ledger';
import { breather, takeTurn } from '../../../../sync/ledger/pace';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const BUDGET = { calls: 50, window: 20_000 };

describe(breather, () => {
	it.each([
		[0, 0],
		[20, 0],
		[35, 1_500],
		[50, 3_000],
	])('after %i of 50 calls holds back for %i ms (nobody runs into the end of the budget)', async (calls, pause) => {
		let now = 1_000_000;
		const ledger = await openLedger(sqliteDialect(':memory:'), { key: { id: 'k', secret: Buffer.alloc(32) }, clock: { now: () => now }, random: { id: () => 'id' }, timing: NORMAL_TIMING });
		for (let call = 0; call < calls; call++) await takeTurn(ledger, 'marketo', BUDGET);
		expect(await breather(ledger, 'marketo', BUDGET)).toBe(pause);
		now += BUDGET.window;
		expect(await breather(ledger, 'marketo', BUDGET)).toBe(0);
	});
});
