import { sleep } from 'n8n-workflow';

import { Runner, type RunnerParts } from '../../../../nodes/MarketoDynamicsSyncTrigger/runner';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

const LOOK_MS = 5;
type PageEnd = ReturnType<RunnerParts['promise']>;

function pageEnd(): PageEnd {
	const end = {} as PageEnd;
	end.promise = new Promise((resolve, reject) => Object.assign(end, { resolve, reject }));
	return end;
}

describe(Runner, () => {
	let ledger: Ledger;
	let pages: PageEnd[];
	const runners: Runner[] = [];

	/** A trigger of this process; each page it starts waits in `pages` for its end. */
	const start = () => {
		const runner = new Runner({
			ledger,
			setting: {
				lane: 'people',
				workflow: 'w1',
				interval: 300_000,
				owner: 'this process',
				pid: 1,
				isAlive: () => true,
			},
			look: LOOK_MS,
			longestPage: 60_000,
			emit: (_data, done) => void pages.push(done),
			promise: pageEnd,
			remember: async () => {},
			failed: (error) => {
				throw error;
			},
		});
		runner.start();
		runners.push(runner);
		return runner;
	};
	const runs = async () =>
		await ledger.db.selectFrom('run').select(['pages', 'outcome']).orderBy('started_at').execute();
	const until = async (seen: () => boolean | Promise<boolean>) => {
		for (const end = Date.now() + 4_000; !(await seen()); await sleep(LOOK_MS)) {
			if (Date.now() > end) throw new Error('Not seen within 4 s');
		}
	};

	beforeEach(async () => {
		pages = [];
		ledger = await openLedger(sqliteDialect(':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => Date.now() },
			random: { id: () => Math.random().toString(36) },
			timing: { ...NORMAL_TIMING, heartbeat: 30 },
		});
	});

	afterEach(() => {
		for (const runner of runners.splice(0)) runner.stop();
		for (const page of pages) page.resolve(undefined as never);
	});

	it('starts the next page when the execution of the last has ended, also by Stop (R1)', async () => {
		start();
		await until(() => pages.length === 1);
		pages[0]!.reject(new Error('Stopped by a person'));
		await until(() => pages.length === 2);
		expect(await runs()).toEqual([{ pages: 2, outcome: null }]);
	});

	it('ends its run with the page that is on when the workflow is unpublished', async () => {
		const runner = start();
		await until(() => pages.length === 1);
		runner.stop();
		await sleep(10 * LOOK_MS);
		expect(await runs()).toEqual([{ pages: 1, outcome: null }]);
		pages[0]!.resolve(undefined as never);
		await until(async () => (await runs())[0]!.outcome !== null);
		expect(await runs()).toEqual([{ pages: 1, outcome: 'the workflow was unpublished' }]);
		expect(pages).toHaveLength(1);
	});

	it('goes on at once after the workflow was published anew, never beside the old page', async () => {
		const runner = start();
		await until(() => pages.length === 1);
		runner.stop();
		start();
		await sleep(10 * LOOK_MS);
		expect(pages).toHaveLength(1);
		pages[0]!.resolve(undefined as never);
		await until(() => pages.length === 2);
		expect(await runs()).toEqual([
			{ pages: 1, outcome: 'the workflow was unpublished' },
			{ pages: 1, outcome: null },
		]);
	});
});
