import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { changeLane, openLane } from '../../../../sync/ledger/lanes';
import { paceDelay, takeTurn } from '../../../../sync/ledger/pace';
import { newPlace } from './database';

const BUDGET = { calls: 50, window: 20_000 };

let now: number;
let ledger: Ledger;
beforeEach(async () => {
	now = 1_000_000;
	ledger = await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now: () => now },
		random: { id: () => 'id' },
		timing: NORMAL_TIMING,
	});
});

describe(takeTurn, () => {
	const besidePeople = async () => await takeTurn(ledger, 'marketo', BUDGET, 'beside people');
	/** Calls of a backfill that takes every turn it gets within a window. */
	const backfill = async () => {
		let calls = 0;
		while ((await besidePeople()) === 0) calls++;
		return calls;
	};
	const peopleAreAtWork = async (run: string | null) => {
		await openLane(ledger.db, 'people', now);
		await changeLane(ledger.db, 'people', { run });
	};

	it('I11: leaves room beside a backfill, so that a campaign that comes is answered at once', async () => {
		expect(await backfill()).toBe(40);
		for (let calls = 0; calls < 10; calls++)
			expect(await takeTurn(ledger, 'marketo', BUDGET)).toBe(0);
		expect(await takeTurn(ledger, 'marketo', BUDGET)).toBe(BUDGET.window);
	});

	it('gives a backfill half while people are at work, and what it had before once they are done', async () => {
		await peopleAreAtWork('a run');
		expect(await backfill()).toBe(25);
		await peopleAreAtWork(null);
		expect(await backfill()).toBe(15);
	});

	it('tells a backfill to wait just until one of its calls is over', async () => {
		await besidePeople();
		now += 5_000;
		await backfill();
		expect(await besidePeople()).toBe(BUDGET.window - 5_000);
		now += BUDGET.window - 5_000;
		expect(await besidePeople()).toBe(0);
		expect(await besidePeople()).toBe(5_000);
	});
});

describe(paceDelay, () => {
	const call = async (times: number) => {
		for (let done = 0; done < times; done++) await takeTurn(ledger, 'marketo', BUDGET);
	};

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
