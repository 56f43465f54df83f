import { claimKey } from '../../../../sync/ledger/claims';
import { changeLane } from '../../../../sync/ledger/lanes';
import { BUDGETS, takeTurn } from '../../../../sync/ledger/pace';
import { acceptRequests, takeBatch } from '../../../../sync/ledger/requests';
import { afterPage, lookForWork, syncNow } from '../../../../sync/schedule/runs';
import { ADA, linkedPair, type Sandbox } from '../operate/sandbox';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** A run in which something may be asked; how long it is from its end to the next one. */
async function pauseAfterRun(
	sandbox: Sandbox,
	meanwhile: () => Promise<void> = async () => {},
): Promise<number> {
	const { ref } = await sandbox.openPage(0);
	sandbox.now += 1_000;
	await meanwhile();
	sandbox.now += 1_000;
	let look = await afterPage(sandbox.ledger, sandbox.setting, ref);
	while (look.do === 'page') {
		await sandbox.page(look.start.page);
		look = await afterPage(sandbox.ledger, sandbox.setting, look.ref);
	}
	return (look.until ?? 0) - sandbox.now;
}

describe('the next run', () => {
	it('begins five minutes after the end of the one before, however long that took, and never beside it', async () => {
		const sandbox = await linkedPair();
		sandbox.now += HOUR;
		const meanwhile = async () => {
			sandbox.now += HOUR / 30;
			expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'wait' });
		};
		expect(await pauseAfterRun(sandbox, meanwhile)).toBe(300_000);
		sandbox.now += 299_999;
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'wait' });
		sandbox.now += 1;
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'page' });
	});
});

describe('Sync Now', () => {
	it('during a run has one begin as soon as that has ended (what was saved after its reads), and no more', async () => {
		const sandbox = await linkedPair();
		sandbox.now += HOUR;
		expect(await pauseAfterRun(sandbox, async () => await syncNow(sandbox.ledger, 'people'))).toBe(
			0,
		);
		expect(await pauseAfterRun(sandbox)).toBe(300_000);
	});

	it('leaves a wait for a vendor that the run has met', async () => {
		const sandbox = await linkedPair();
		sandbox.now += HOUR;
		const pause = await pauseAfterRun(sandbox, async () => {
			const wait = { waitingFor: 'The quota is used up', nextDue: sandbox.now + 2 * HOUR };
			await changeLane(sandbox.ledger.db, 'people', wait);
			await syncNow(sandbox.ledger, 'people');
		});
		expect(pause).toBe(2 * HOUR - 1_000);
	});
});

describe('a clock that was ahead and is right again (R40)', () => {
	it.each([
		['an hour', HOUR],
		['a year', YEAR],
	])(
		'holds up nothing for %s: neither the lease of another process, nor the next run, nor calls',
		async (_, ahead) => {
			const sandbox = await linkedPair();
			const { ledger, setting } = sandbox;
			const right = sandbox.now;
			sandbox.now = right + ahead;
			await sandbox.openPage();
			const budget = { ...BUDGETS.marketo, atOnce: 50 };
			for (let call = 0; call < 50; call++) await takeTurn(ledger, 'marketo', { budget });
			sandbox.now = right + 1_000;
			const other = { ...setting, owner: 'another process', pid: 2 };
			expect(await lookForWork(ledger, other)).toMatchObject({ do: 'wait' });
			expect(await takeTurn(ledger, 'marketo')).toHaveProperty('call');
			sandbox.now += ledger.timing.lease + 1;
			expect(await lookForWork(ledger, other)).toMatchObject({ do: 'page' });
		},
	);

	it('is cut from whatever waits by itself: records, people of campaigns, callbacks, unanswered writes, claims', async () => {
		const sandbox = await linkedPair();
		const { ledger, setting } = sandbox;
		const { db } = ledger;
		const right = sandbox.now;
		sandbox.now = right + YEAR;
		sandbox.answerOfMarketo = () => ({ kind: 'unknown', reason: 'No answer' });
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		await claimKey(ledger, db, 'key', 'holder');
		const sent = { service: 'webhook' as const, person: '7', campaign: '', parameters: {} };
		await acceptRequests(ledger, 'r', [sent, { ...sent, withNextRound: true }]);
		await takeBatch(ledger, 'r');
		const latest = async () =>
			Math.max(
				...(
					await Promise.all([
						db.selectFrom('queue').select('due_at as at').execute(),
						db.selectFrom('request').select('due_at as at').execute(),
						db.selectFrom('request').select('taken_until as at').execute(),
						db.selectFrom('plan').select('over_at as at').execute(),
						db.selectFrom('claim').select('expires_at as at').execute(),
					])
				)
					.flat()
					.map(({ at }) => Number(at ?? 0)),
			);
		expect(await latest()).toBeGreaterThan(right + YEAR);
		sandbox.now = right + HOUR;
		await changeLane(db, 'people', { nextDue: sandbox.now });
		expect(await lookForWork(ledger, setting)).toMatchObject({ do: 'page' });
		expect(await latest()).toBeLessThan(right + 2 * HOUR);
	});

	it('is cut from the pause to the next run, too', async () => {
		const sandbox = await linkedPair();
		const right = sandbox.now;
		sandbox.now = right + YEAR;
		await sandbox.run();
		sandbox.now = right + 1_000;
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'wait' });
		sandbox.now += 300_001;
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'page' });
	});
});

describe('the lease of another process (R40)', () => {
	const takenBy = async (owner: string, pid: number, isAlive = true) => {
		const sandbox = await linkedPair();
		await sandbox.openPage();
		await changeLane(sandbox.ledger.db, 'people', { owner, ownerPid: pid });
		const setting = {
			...sandbox.setting,
			owner: 'second@host-b',
			pid: 7,
			isAlive: () => isAlive,
		};
		return async (after = 1_000) => {
			sandbox.now += after;
			return (await lookForWork(sandbox.ledger, setting)).do;
		};
	};

	it('of another machine with the same process number is not taken: nobody here knows whether that one lives', async () => {
		const look = await takenBy('first@host-a', 7, false);
		expect(await look()).toBe('wait');
		expect(await look(180_000)).toBe('page');
	});

	it('of this machine ends with its process', async () => {
		expect(await (await takenBy('first@host-b', 7, false))()).toBe('page');
		expect(await (await takenBy('first@host-b', 8, true))()).toBe('wait');
	});

	it('of a version that did not say which machine ends with the process number', async () => {
		expect(await (await takenBy('first', 7, false))()).toBe('page');
	});
});
