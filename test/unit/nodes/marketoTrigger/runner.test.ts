import type { INodeExecutionData, IRun } from 'n8n-workflow';

import { Runner, type RunnerParts } from '../../../../nodes/MarketoTrigger/runner';
import { accepted, notify } from '../../../../nodes/shared/signals';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { answerRequests } from '../../../../sync/ledger/answers';
import { acceptRequests } from '../../../../sync/ledger/requests';

const RECEIVER = 'w:n';
const deferred = (): ReturnType<RunnerParts['promise']> => {
	let settle = {} as Pick<ReturnType<RunnerParts['promise']>, 'resolve' | 'reject'>;
	const promise = new Promise<IRun>((resolve, reject) => (settle = { resolve, reject }));
	return { promise, ...settle };
};
const ended = (status: IRun['status']) => ({ status }) as IRun;

describe(Runner, () => {
	let ledger: Ledger;
	let batches: Array<{ items: INodeExecutionData[]; done: ReturnType<RunnerParts['promise']> }>;
	let runner: Runner;
	let ids = 0;

	const start = (more: Partial<RunnerParts> = {}) => {
		runner = new Runner({
			ledger,
			receiver: RECEIVER,
			look: 20,
			window: 5,
			longestBatch: 60_000,
			emit: ([items], done) => void batches.push({ items: items!, done }),
			promise: deferred,
			callBack: async () => undefined,
			failed: (error) => {
				throw error;
			},
			...more,
		});
		runner.start();
	};
	const accept = async (...people: string[]) => {
		const kept = await acceptRequests(
			ledger,
			RECEIVER,
			people.map((person) => ({
				service: 'webhook' as const,
				person,
				campaign: '',
				parameters: {},
			})),
		);
		return (kept as { ids: string[] }).ids;
	};
	const until = async (seen: () => boolean | Promise<boolean>) => {
		const end = Date.now() + 3_000;
		while (!(await seen())) {
			if (Date.now() > end) throw new Error('Not seen within 3 s');
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	};
	const states = async () =>
		(await ledger.db.selectFrom('request').select('state').orderBy('id').execute()).map(
			({ state }) => state,
		);

	beforeEach(async () => {
		batches = [];
		ledger = await openLedger(sqliteDialect(':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => Date.now() },
			random: { id: () => `id${String(++ids).padStart(6, '0')}` },
			timing: { ...NORMAL_TIMING, heartbeat: 20 },
		});
	});
	afterEach(() => {
		runner.stop();
		for (const { done } of batches) done.resolve(ended('success'));
	});

	it('hands over together who came together, and the next ones only after the end', async () => {
		await accept('1', '2');
		start();
		await until(() => batches.length === 1);
		expect(batches[0]!.items.map(({ json }) => json.id)).toEqual(['1', '2']);
		await accept('3');
		notify(accepted(RECEIVER));
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect(batches).toHaveLength(1);
		batches[0]!.done.resolve(ended('success'));
		await until(() => batches.length === 2);
		expect(batches[1]!.items.map(({ json }) => json.id)).toEqual(['3']);
		expect(await states()).toEqual(['answered', 'answered', 'taken']);
	});

	it('wakes at once when somebody was accepted in this process', async () => {
		start({ look: 60_000 });
		await new Promise((resolve) => setTimeout(resolve, 30));
		await accept('1');
		notify(accepted(RECEIVER));
		await until(() => batches.length === 1);
	});

	it.each(['error', 'crashed', 'canceled'] as const)(
		'tries again later after an execution that was %s',
		async (status) => {
			await accept('1');
			start();
			await until(() => batches.length === 1);
			batches[0]!.done.resolve(ended(status));
			await until(async () => (await states())[0] === 'waiting');
			const [row] = await ledger.db.selectFrom('request').selectAll().execute();
			expect(row!.due_at).toBeGreaterThan(Date.now());
		},
	);

	it('tries again later when n8n could not start the execution', async () => {
		await accept('1');
		start();
		await until(() => batches.length === 1);
		batches[0]!.done.reject(new Error('no'));
		await until(async () => (await states())[0] === 'waiting');
	});

	it('stays with people of an execution that waits, until they are answered', async () => {
		const [id] = await accept('1');
		start();
		await until(() => batches.length === 1);
		batches[0]!.done.resolve(ended('waiting'));
		await new Promise((resolve) => setTimeout(resolve, 80));
		expect(await states()).toEqual(['taken']);
		await answerRequests(ledger, [
			{ request: id!, answer: { success: false, errorCode: 'X', reason: '', values: {} } },
		]);
		await accept('2');
		await until(() => batches.length === 2);
	});

	it('gives a batch up whose end nobody tells, a lease after all of its people were answered (R1)', async () => {
		ledger.timing.lease = 200;
		const [id] = await accept('1');
		start();
		await until(() => batches.length === 1);
		await accept('2');
		await new Promise((resolve) => setTimeout(resolve, 400));
		expect(batches).toHaveLength(1);
		await answerRequests(ledger, [
			{ request: id!, answer: { success: true, errorCode: '', reason: '', values: {} } },
		]);
		const answered = Date.now();
		await until(() => batches.length === 2);
		expect(Date.now() - answered).toBeGreaterThan(150);
	});

	it('takes nobody any more when the workflow is unpublished', async () => {
		start();
		runner.stop();
		await accept('1');
		notify(accepted(RECEIVER));
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect(batches).toHaveLength(0);
	});

	it('forgets what ended long ago, and goes on to look, also where callbacks fail', async () => {
		const [id] = await accept('1');
		await answerRequests(ledger, [
			{ request: id!, answer: { success: true, errorCode: '', reason: '', values: {} } },
		]);
		await ledger.db.updateTable('request').set({ answered_at: 1 }).execute();
		const failures: string[] = [];
		start({
			failed: ({ message }) => void failures.push(message),
			callBack: async () => {
				throw new Error('broken');
			},
		});
		await until(async () => (await states()).length === 0);
		expect(failures).toEqual(['broken']);
	});

	it('goes on after a look that failed, and tries those again whom it could not hand over', async () => {
		const failures: string[] = [];
		let broken = true;
		start({
			failed: ({ message }) => void failures.push(message),
			emit: ([items], done) => {
				if (broken) throw new Error('broken');
				batches.push({ items: items!, done });
			},
		});
		await accept('1');
		notify(accepted(RECEIVER));
		await until(() => failures.length > 0);
		broken = false;
		await accept('2');
		await until(() => batches.length === 1);
		expect(failures).toEqual(['broken']);
		expect(batches[0]!.items.map(({ json }) => json.id)).toEqual(['2']);
		expect(await states()).toEqual(['waiting', 'taken']);
	});
});
