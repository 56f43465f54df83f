import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { noteAtOnce } from '../../../../sync/ledger/callLimits';
import { openLedger } from '../../../../sync/ledger/open';
import { changeLane, openLane } from '../../../../sync/ledger/lanes';
import { endCall, paceDelay, takeTurn, type Caller } from '../../../../sync/ledger/pace';
import { newPlace } from './database';

/** As many at once as one likes: what is under way is told apart below. */
const BUDGET = { calls: 50, window: 20_000, atOnce: 1_000 };

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

/** How long to wait; 0: the call went. */
async function turn(caller: Caller = 'people', budget = BUDGET): Promise<number> {
	const taken = await takeTurn(ledger, 'marketo', { budget, caller });
	return 'wait' in taken ? taken.wait : 0;
}

describe(takeTurn, () => {
	const besidePeople = async () => await turn('beside people');
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
		for (let calls = 0; calls < 10; calls++) expect(await turn()).toBe(0);
		expect(await turn()).toBe(BUDGET.window);
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

describe('calls that are under way', () => {
	const few = { ...BUDGET, atOnce: 3 };
	const begin = async (caller: Caller = 'people') =>
		await takeTurn(ledger, 'marketo', { budget: few, caller });

	it('are as many as the budget has, and the next one goes when one has ended', async () => {
		const calls = [await begin(), await begin(), await begin()];
		expect(await begin()).toEqual({ wait: 200 });
		await endCall(ledger, (calls[1] as { call: number }).call);
		expect(await begin()).toHaveProperty('call');
		expect(await begin()).toEqual({ wait: 200 });
	});

	it('leave one to people', async () => {
		await begin('beside people');
		await begin('beside people');
		expect(await begin('beside people')).toEqual({ wait: 200 });
		expect(await begin()).toHaveProperty('call');
	});

	it('are as many as the system advises', async () => {
		await noteAtOnce(ledger.db, 'marketo', 1);
		expect(await begin()).toHaveProperty('call');
		expect(await begin()).toEqual({ wait: 200 });
		expect(await takeTurn(ledger, 'dynamics', { budget: few })).toHaveProperty('call');
	});

	it('of a process that died are over after the longest time-out, and count for the window until then', async () => {
		for (let call = 0; call < 3; call++) await begin();
		now += 299_999;
		expect(await begin()).toEqual({ wait: 200 });
		now += 1;
		expect(await begin()).toHaveProperty('call');
	});
});

describe(paceDelay, () => {
	const call = async (times: number) => {
		for (let done = 0; done < times; done++) await turn();
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
