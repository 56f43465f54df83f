import { logForPerson } from '../../../../sync/ledger/activityLog';
import { writeLog } from '../../../../sync/page/personLog';
import { ComeBackLater, type MarketoPort } from '../../../../sync/ports';
import { Sandbox } from '../operate/sandbox';

/** One entry is due; `answer` is what Marketo does with it. */
async function due(answer: () => Promise<Array<{ kind: 'ok'; id: string }>>) {
	const sandbox = await Sandbox.open();
	const { ledger, marketo } = sandbox;
	await logForPerson(ledger.db, {
		lane: 'people',
		person: '7',
		at: ledger.clock.now(),
		subject: 'Refused',
		field: 'title',
		reason: 'Too long',
		remedy: 'Shorten it',
	});
	let calls = 0;
	const port: MarketoPort = {
		...marketo,
		logResults: async () => {
			calls++;
			return await answer();
		},
	};
	return {
		write: async (heldUpMs = 0) =>
			await writeLog(ledger, 'people', port, {
				mayGo: async () => {
					sandbox.now += heldUpMs;
					return await Promise.resolve(true);
				},
			}),
		state: async () =>
			(await ledger.db.selectFrom('log').select('state').executeTakeFirstOrThrow()).state,
		calls: () => calls,
	};
}

describe('writeLog (R25: a second entry would be told to people twice)', () => {
	it('writes an entry once', async () => {
		const log = await due(async () => [{ kind: 'ok', id: '1' }]);
		await log.write();
		await log.write();
		expect([log.calls(), await log.state()]).toEqual([1, 'written']);
	});

	it('does not repeat one whose answer was lost: it may have been made', async () => {
		const log = await due(async () => {
			throw new Error('The connection was lost');
		});
		await log.write();
		await log.write();
		expect([log.calls(), await log.state()]).toEqual([1, 'failed']);
	});

	it('does not repeat one of a process that died meanwhile', async () => {
		const log = await due(async () => await new Promise(() => {}));
		void log.write();
		while (log.calls() === 0) await new Promise((resolve) => setImmediate(resolve));
		await log.write();
		expect([log.calls(), await log.state()]).toEqual([1, 'sent']);
	});

	it('keeps one for later where the call was not made', async () => {
		let full = true;
		const log = await due(async () => {
			if (full) throw new ComeBackLater('Too many requests', 1_000, 'throttled');
			return [{ kind: 'ok', id: '1' }];
		});
		await expect(log.write()).rejects.toThrow('Too many requests');
		full = false;
		await log.write();
		expect([log.calls(), await log.state()]).toEqual([2, 'written']);
	});
	it('leaves it to others where its process was held up before the call (R8)', async () => {
		const log = await due(async () => [{ kind: 'ok', id: '1' }]);
		await log.write(11_000);
		expect([log.calls(), await log.state()]).toEqual([0, 'due']);
		await log.write();
		expect([log.calls(), await log.state()]).toEqual([1, 'written']);
	});
});
