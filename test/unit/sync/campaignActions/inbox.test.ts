import { lookForWork, syncNow } from '../../../../sync/schedule/runs';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import {
	answerOf,
	answerRequests,
	callbackDone,
	callbackFailed,
	claimCallback,
	forgetAnswered,
} from '../../../../sync/ledger/answers';
import {
	acceptRequests,
	askAgain,
	endBatch,
	lookAgain,
	MOST_WAITING,
	takeBatch,
	type Incoming,
	type IncomingChunk,
} from '../../../../sync/ledger/requests';

const RECEIVER = 'workflow:node';
const OK = { success: true, errorCode: '', reason: '', values: { dynamicsId: 'd' } };

const person = (id: string, more: Partial<Incoming> = {}): Incoming => ({
	service: 'flowStep',
	person: id,
	campaign: 'Spring',
	parameters: { syncAs: 'lead' },
	...more,
});
const chunk: IncomingChunk = {
	id: 'c1',
	callback: {
		url: 'https://x.marketo.test/cb',
		token: 'one-time',
		apiKey: 'key',
		munchkinId: 'AAA-111-BBB',
	},
};

async function open(): Promise<{ ledger: Ledger; wait(ms: number): void }> {
	let now = 1_000_000;
	let ids = 0;
	const parts = {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => now },
		random: { id: () => `id${String(++ids).padStart(6, '0')}` },
		timing: NORMAL_TIMING,
	};
	return { ledger: await openLedger(sqliteDialect(':memory:'), parts), wait: (ms) => (now += ms) };
}

describe('requests of campaigns', () => {
	it('hands out what was accepted once, and again only when its batch died', async () => {
		const { ledger, wait } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1'), person('2')]);
		const taken = await takeBatch(ledger, RECEIVER);
		expect(taken!.items.map((item) => item.id)).toEqual(['1', '2']);
		expect(taken!.items[0]).toMatchObject({
			kind: 'request',
			values: { syncAs: 'lead' },
			campaign: 'Spring',
		});
		expect(await takeBatch(ledger, RECEIVER)).toBeNull();
		wait(NORMAL_TIMING.lease + 1);
		expect((await takeBatch(ledger, RECEIVER))!.items).toHaveLength(2);
	});

	it('keeps an invocation that comes twice once (its 201 may have been lost)', async () => {
		const { ledger } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1')], chunk);
		expect(await acceptRequests(ledger, RECEIVER, [person('1')], chunk)).toEqual({ ids: [] });
		expect((await takeBatch(ledger, RECEIVER))!.items).toHaveLength(1);
	});

	it('calls back once, when the last person has an answer, and forgets the token then', async () => {
		const { ledger } = await open();
		const { ids } = (await acceptRequests(ledger, RECEIVER, [person('1'), person('2')], chunk)) as {
			ids: string[];
		};
		await answerRequests(ledger, [{ request: ids[0]!, answer: OK }]);
		expect(await claimCallback(ledger, RECEIVER)).toBeNull();
		await answerRequests(ledger, [
			{ request: ids[1]!, answer: { ...OK, success: false, errorCode: 'NO', reason: 'why' } },
		]);
		const due = await claimCallback(ledger, RECEIVER);
		expect(due).toMatchObject({
			callback: chunk.callback,
			people: [
				{ person: '1', answer: OK },
				{ person: '2', answer: { errorCode: 'NO' } },
			],
		});
		expect(await claimCallback(ledger, RECEIVER)).toBeNull();
		await callbackDone(ledger, due!.chunk);
		expect(await ledger.db.selectFrom('chunk').selectAll().execute()).toMatchObject([
			{ state: 'done', callback: '' },
		]);
	});

	it('keeps no secret of the callback readable', async () => {
		const { ledger } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1')], chunk);
		expect(JSON.stringify(await ledger.db.selectFrom('chunk').selectAll().execute())).not.toMatch(
			/one-time|key"/,
		);
	});

	it('tries a callback again later, and gives up in the end', async () => {
		const { ledger, wait } = await open();
		const { ids } = (await acceptRequests(ledger, RECEIVER, [person('1')], chunk)) as {
			ids: string[];
		};
		await answerRequests(ledger, [{ request: ids[0]!, answer: OK }]);
		let calls = 0;
		for (; calls < 20; calls++) {
			const due = await claimCallback(ledger, RECEIVER);
			if (!due) break;
			await callbackFailed(ledger, due.chunk, 'HTTP 500');
			expect(await claimCallback(ledger, RECEIVER)).toBeNull();
			wait(24 * 3_600_000);
		}
		expect(calls).toBe(8);
		expect(await ledger.db.selectFrom('chunk').selectAll().execute()).toMatchObject([
			{ state: 'failed', reason: 'HTTP 500', callback: '' },
		]);
	});

	it('lets the first answer stand (a repeated step changes nothing)', async () => {
		const { ledger } = await open();
		const { ids } = (await acceptRequests(ledger, RECEIVER, [
			person('1', { service: 'webhook' }),
		])) as { ids: string[] };
		expect(await answerRequests(ledger, [{ request: ids[0]!, answer: OK }])).toBe(1);
		expect(
			await answerRequests(ledger, [{ request: ids[0]!, answer: { ...OK, success: false } }]),
		).toBe(0);
		expect(await answerOf(ledger.db, ids[0]!)).toEqual(OK);
	});

	it('counts as done what a good execution left unanswered; after a bad one it comes again, four times (R37)', async () => {
		const { ledger, wait } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1')]);
		await endBatch(ledger, (await takeBatch(ledger, RECEIVER))!.batch, true);
		expect(await ledger.db.selectFrom('request').select('state').execute()).toEqual([
			{ state: 'answered' },
		]);
		const { ids } = (await acceptRequests(ledger, RECEIVER, [person('2')])) as { ids: string[] };
		let tries = 0;
		for (; tries < 10; tries++) {
			const taken = await takeBatch(ledger, RECEIVER);
			if (!taken) break;
			await endBatch(ledger, taken.batch, false);
			wait(24 * 3_600_000);
		}
		expect(tries).toBe(4);
		expect(await answerOf(ledger.db, ids[0]!)).toMatchObject({
			success: false,
			errorCode: 'WORKFLOW_FAILED',
		});
	});

	it('holds people of a batch campaign until the next round of the sync', async () => {
		const { ledger, wait } = await open();
		const lane = {
			name: 'people',
			workflow: null,
			paused: 0,
			stopped: null,
			next_due: ledger.clock.now() + 60_000,
			waiting_for: null,
			run: null,
			owner: null,
			owner_pid: null,
			lease_until: 0,
			cycle: 0,
			crashes: 0,
			deletes_allowed: 0,
		};
		await ledger.db.insertInto('lane').values(lane).execute();
		await acceptRequests(ledger, RECEIVER, [person('1', { withNextRound: true })]);
		expect(await takeBatch(ledger, RECEIVER)).toBeNull();
		wait(60_000);
		expect((await takeBatch(ledger, RECEIVER))!.items).toHaveLength(1);
	});

	it('hands them out when a round begins sooner than foreseen (somebody synced now)', async () => {
		const { ledger } = await open();
		const setting = {
			lane: 'people',
			workflow: 'w',
			interval: 300_000,
			owner: 'o',
			pid: 1,
			isAlive: () => true,
		};
		await lookForWork(ledger, setting);
		await ledger.db
			.updateTable('lane')
			.set({ run: null, next_due: ledger.clock.now() + 300_000 })
			.execute();
		await acceptRequests(ledger, RECEIVER, [person('1', { withNextRound: true })]);
		expect(await takeBatch(ledger, RECEIVER)).toBeNull();
		await syncNow(ledger, 'people');
		await lookForWork(ledger, setting);
		expect((await takeBatch(ledger, RECEIVER))!.items).toHaveLength(1);
	});

	it('puts a person back who cannot be told of yet', async () => {
		const { ledger, wait } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1')]);
		const { batch, items } = (await takeBatch(ledger, RECEIVER))!;
		await lookAgain(ledger, ledger.db, items[0]!.request, 2_000, true);
		await endBatch(ledger, batch, true);
		expect(await takeBatch(ledger, RECEIVER)).toBeNull();
		wait(2_000);
		expect((await takeBatch(ledger, RECEIVER))!.items).toHaveLength(1);
	});

	it('does not count looks as failures (a system that was busy is no fault of the workflow)', async () => {
		const { ledger, wait } = await open();
		await acceptRequests(ledger, RECEIVER, [person('1')]);
		for (let look = 0; look < 6; look++) {
			const { batch, items } = (await takeBatch(ledger, RECEIVER))!;
			await lookAgain(ledger, ledger.db, items[0]!.request, 1_000, true);
			await endBatch(ledger, batch, true);
			wait(1_000);
		}
		await endBatch(ledger, (await takeBatch(ledger, RECEIVER))!.batch, false);
		expect(
			await ledger.db.selectFrom('request').select(['state', 'attempts', 'looks']).execute(),
		).toEqual([{ state: 'waiting', attempts: 1, looks: 6 }]);
	});

	it('lets nobody of a trigger campaign wait behind a batch campaign', async () => {
		const { ledger, wait } = await open();
		const lane = {
			name: 'people',
			workflow: null,
			paused: 0,
			stopped: null,
			next_due: ledger.clock.now() + 1_000,
			waiting_for: null,
			run: null,
			owner: null,
			owner_pid: null,
			lease_until: 0,
			cycle: 0,
			crashes: 0,
			deletes_allowed: 0,
		};
		await ledger.db.insertInto('lane').values(lane).execute();
		await acceptRequests(ledger, RECEIVER, [
			person('1', { withNextRound: true }),
			person('2', { withNextRound: true }),
		]);
		wait(2_000);
		await acceptRequests(ledger, RECEIVER, [person('3')]);
		expect((await takeBatch(ledger, RECEIVER, 2))!.items.map(({ id }) => id)).toEqual(['3', '1']);
	});

	it('tries the action again that failed, not one that went well since', async () => {
		const { ledger, wait } = await open();
		const { ids } = (await acceptRequests(ledger, RECEIVER, [person('1')])) as { ids: string[] };
		await answerRequests(ledger, [
			{ request: ids[0]!, answer: { ...OK, success: false, errorCode: 'NO' } },
		]);
		wait(1_000);
		const later = (await acceptRequests(ledger, 'another:node', [person('1')])) as {
			ids: string[];
		};
		await answerRequests(ledger, [{ request: later.ids[0]!, answer: OK }]);
		expect(await askAgain(ledger, ledger.db, '1')).toBe(true);
		expect((await takeBatch(ledger, RECEIVER))!.items).toMatchObject([{ request: ids[0] }]);
		expect(await takeBatch(ledger, 'another:node')).toBeNull();
	});

	it('takes no more than it can hold (floods end before memory grows)', async () => {
		const { ledger } = await open();
		const many = Array.from({ length: MOST_WAITING }, (_, at) => person(String(at)));
		expect(await acceptRequests(ledger, RECEIVER, many)).toHaveProperty('ids');
		expect(await acceptRequests(ledger, RECEIVER, [person('x')])).toEqual({ full: true });
		expect(await acceptRequests(ledger, 'another:node', [person('x')])).toHaveProperty('ids');
	});

	it('forgets what ended long ago', async () => {
		const { ledger, wait } = await open();
		const { ids } = (await acceptRequests(ledger, RECEIVER, [person('1'), person('2')])) as {
			ids: string[];
		};
		await answerRequests(ledger, [{ request: ids[0]!, answer: OK }]);
		wait(1_001);
		await forgetAnswered(ledger, 1_000);
		expect(await ledger.db.selectFrom('request').select('id').execute()).toEqual([{ id: ids[1] }]);
	});
});
