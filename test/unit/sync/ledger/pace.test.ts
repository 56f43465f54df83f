import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { paceDelay, takeTurn } from '../../../../sync/ledger/pace';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const BUDGET = { calls: 50, window: 20_000 };

describe(paceDelay, () => {
	let now: number;
	let ledger: Ledger;
	const call = async (times: number) => {
		for (let done = 0; done < times; done++) await takeTurn(ledger, 'marketo', BUDGET);
	};

	beforeEach(async () => {
		now = 1_000_000;
		ledger = await openLedger(sqliteDialect(':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32) },
			clock: { now: () => now },
			random: { id: () => 'id' },
			timing: NORMAL_TIMING,
		});
	});

	it.each([
		[0, 0],
		[4, 0],
		[7, 1_500],
		[50, 3_000],
	])(
		'after %i of 50 calls in one go holds back for %i ms (nobody runs into the end of the budget)',
		async (calls, pause) => {
			await call(calls);
			expect(await paceDelay(ledger, 'marketo', BUDGET)).toBe(pause);
			now += BUDGET.window;
			expect(await paceDelay(ledger, 'marketo', BUDGET)).toBe(0);
		},
	);

	it('comes to an even pace below the budget, so that nobody waits much longer than the others', async () => {
		const pauses: number[] = [];
		const spent: number[] = [];
		for (let batch = 0; batch < 60; batch++) {
			const pause = await paceDelay(ledger, 'marketo', BUDGET);
			pauses.push(pause);
			now += pause;
			// Each batch reads and writes Marketo once, and takes its time for it.
			await call(1);
			now += 600;
			await call(1);
			spent.push(
				(
					await ledger.db
						.selectFrom('call')
						.select('at')
						.where('at', '>', now - BUDGET.window)
						.execute()
				).length,
			);
		}
		expect(Math.max(...pauses)).toBeLessThanOrEqual(500);
		expect(Math.max(...spent)).toBeLessThanOrEqual(45);
	});
});
