import { sleep } from 'n8n-workflow';

import { statusTeller } from '../../../../nodes/MarketoDynamicsSyncTrigger/statusTeller';
import { Runner, type RunnerParts } from '../../../../nodes/MarketoDynamicsSyncTrigger/runner';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { pause } from '../../../../sync/operate/pause';
import { recordResults } from '../../../../sync/operate/recordResults';
import { resume } from '../../../../sync/operate/resume';
import { changeLane } from '../../../../sync/ledger/lanes';
import { setFeed } from '../../../../sync/ledger/feeds';
import { noBases, putLink } from '../../../../sync/ledger/links';

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
	let told: string[];
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
			waits: statusTeller(ledger, 'people', (item) => void told.push(item.label as string)),
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
		told = [];
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

	it('gives a page up whose end nobody tells: after a lease once all of it is decided and written, not before (R1)', async () => {
		ledger.timing.lease = 200;
		start();
		await until(() => pages.length === 1);
		const [{ id: run }] = (await ledger.db.selectFrom('run').select('id').execute()) as [
			{ id: string },
		];
		const plan = {
			...{ id: 'p', lane: 'people', run, page: 1, side: 'marketo' as const, link: 1 },
			...{ operation: 'update' as const, state: 'sent' as const, fields: '[]', version: null },
			...{ created_at: 0, sent_at: 0, over_at: Date.now() + 60_000 },
		};
		await ledger.db.insertInto('plan').values(plan).execute();
		await ledger.db.updateTable('page').set({ committed: 1 }).execute();
		await sleep(500);
		expect(pages).toHaveLength(1);
		await ledger.db.deleteFrom('plan').execute();
		const settled = Date.now();
		await until(() => pages.length === 2);
		expect(Date.now() - settled).toBeGreaterThanOrEqual(200);
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

	describe('the table of the status', () => {
		/** A run that reads everything and writes nothing. */
		const idleRun = async () => {
			const before = pages.length;
			await changeLane(ledger.db, 'people', { nextDue: 0, waitingFor: null });
			await until(() => pages.length > before);
			await endIdle();
		};
		const endIdle = async () => {
			const { run } = await ledger.db.selectFrom('lane').select('run').executeTakeFirstOrThrow();
			await setFeed(ledger.db, 'people', 'lead', { cursor: '{}', drainedIn: run });
			pages.at(-1)!.resolve(undefined as never);
			await until(async () => (await runs()).every(({ outcome }) => outcome !== null));
			await sleep(10 * LOOK_MS);
		};
		/** What *Record Results* does with it. */
		const shown = async () => await recordResults(ledger, [{ kind: 'status' }]);

		it('is told when it is no longer right, and by no execution while it is', async () => {
			start();
			await until(() => pages.length === 1);
			expect((await shown()).status[0]!.status).toBe('Running');
			await endIdle();
			expect(told).toEqual(['Up to date']);
			const { status, warnings } = await shown();
			expect([status[0]!.status, warnings]).toEqual(['Up to date', []]);
			await idleRun();
			await idleRun();
			expect(told).toHaveLength(1);
			await pause(ledger, 'people');
			await until(() => told.length === 2);
			await shown();
			await resume(ledger, 'people');
			await idleRun();
			await shown();
			const nextDue = Date.now() + 60_000;
			await changeLane(ledger.db, 'people', { waitingFor: 'The quota is used up', nextDue });
			await until(() => told.length === 4);
			await shown();
			await changeLane(ledger.db, 'people', { waitingFor: null, stopped: 'Too many deletes' });
			await until(() => told.length === 5);
			expect(told).toEqual([
				'Up to date',
				'Paused',
				'Up to date',
				'Waiting: The quota is used up',
				'Stopped: Too many deletes',
			]);
		});

		it('is told when a run has changed nothing but how many records are linked', async () => {
			start();
			await until(() => pages.length === 1);
			await endIdle();
			await shown();
			expect(told).toEqual(['Up to date']);
			// A campaign, say.
			const row = { lane: 'people', table: 'lead', dynamicsId: 'ada', object: 'person' };
			await putLink(ledger.db, undefined, row, {
				marketoId: '7',
				state: 'active',
				version: null,
				emailKey: null,
				bases: noBases(),
				wrote: {},
				keyId: 'k',
				generation: 0,
				updatedAt: 0,
			});
			await idleRun();
			expect(told).toEqual(['Up to date', 'Up to date']);
			expect((await shown()).status[0]!.linkedInAll).toBe(1);
			await idleRun();
			expect(told).toHaveLength(2);
		});

		it('is renewed once a day, though it says nothing else', async () => {
			const row = { ...ledger, clock: { now: () => now } };
			let now = 0;
			let count = 0;
			const teller = statusTeller(row, 'people', () => void count++);
			const look = { do: 'wait', why: 'Nothing is due yet', until: null } as const;
			await teller(look);
			await recordResults(row, [{ kind: 'status' }]);
			const first = count;
			for (const hour of [1, 23, 24, 25, 47, 48]) {
				now = hour * 3_600_000;
				await teller(look);
			}
			expect(count - first).toBe(2);
		});
	});
});
