import type { BaseKey } from '../../../../sync/fingerprint';
import { lookForWork } from '../../../../sync/schedule/runs';
import { NotThisPage } from '../../../../sync/schedule/token';
import { isBehind, stopBecauseBehind, witnessOf } from '../../../../sync/schedule/restoreGuard';
import { adoptPresentState } from '../../../../sync/operate/adoptPresentState';
import { pause } from '../../../../sync/operate/pause';
import { CannotDo } from '../../../../sync/cannotDo';
import { resume } from '../../../../sync/operate/resume';
import { showStatus } from '../../../../sync/operate/showStatus';
import { answerRequests, claimCallback, type Answer } from '../../../../sync/ledger/answers';
import { acceptRequests, takeBatch } from '../../../../sync/ledger/requests';
import { syncPeople } from '../../../../sync/campaignActions/syncPeople';
import { ADA, BOB, LANE, linkedPair, type Sandbox } from '../operate/sandbox';

const OTHER = { id: 'other', secret: Buffer.alloc(32, 2) };
const ALTERED = { id: 'k', secret: Buffer.alloc(32, 2) };
const WORDS =
	/^The key next to the sync's ledger \(ledger\.key\) is not the one that it was made with \(key k\).* Put the right file back and restart n8n, or choose Adopt Present State/;

/** n8n was started with another key file. */
function startWith(sandbox: Sandbox, key: BaseKey): void {
	sandbox.ledger.key = key;
}

const link = async (sandbox: Sandbox, id = ADA) =>
	await sandbox.ledger.db
		.selectFrom('link')
		.selectAll()
		.where('dynamics_id', '=', id)
		.executeTakeFirstOrThrow();
const everything = async ({ ledger: { db } }: Sandbox) => [
	await db.selectFrom('link').selectAll().execute(),
	await db.selectFrom('feed').selectAll().execute(),
	await db.selectFrom('lane').selectAll().execute(),
];

describe('R44: a ledger whose key was lost or altered', () => {
	it.each([
		['another', OTHER],
		['altered', ALTERED],
	])('stands still, and says so (%s)', async (_, key) => {
		const sandbox = await linkedPair();
		const written = sandbox.receipts.length;
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const before = await everything(sandbox);
		startWith(sandbox, key);
		await sandbox.run();
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toEqual({
			do: 'wait',
			until: null,
			why: expect.stringMatching(WORDS) as string,
		});
		expect(await showStatus(sandbox.ledger)).toEqual([
			expect.objectContaining({
				status: expect.stringMatching(/^Stopped: The key next to/) as string,
				nextRun: null,
			}),
		]);
		expect(sandbox.receipts).toHaveLength(written);
		expect(await everything(sandbox)).toEqual(before);
	});

	it('goes on by itself with the right key: pending edits arrive', async () => {
		const sandbox = await linkedPair();
		const { key } = sandbox.ledger;
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		startWith(sandbox, OTHER);
		await sandbox.run();
		startWith(sandbox, key);
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Chief');
		expect((await showStatus(sandbox.ledger))[0]!.status).toBe('Up to date');
	});

	it('is not resumed (it would take old values for edits)', async () => {
		const sandbox = await linkedPair();
		await pause(sandbox.ledger, 'people');
		startWith(sandbox, OTHER);
		await expect(resume(sandbox.ledger, 'people')).rejects.toThrow(CannotDo);
		expect(await sandbox.ledger.db.selectFrom('lane').select('paused').executeTakeFirst()).toEqual({
			paused: 1,
		});
	});

	it('writes nothing of a page that was open (an execution that is retried after the start)', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const { ref, resolved } = await sandbox.openPage();
		const before = await link(sandbox);
		startWith(sandbox, OTHER);
		await expect(sandbox.write(resolved)).rejects.toThrow(NotThisPage);
		await expect(sandbox.decide(`people/${ref.run}/1@${ref.ledger}`)).rejects.toThrow(NotThisPage);
		expect(await link(sandbox)).toEqual(before);
		expect(sandbox.people.get('7')!.title).toBe('Clerk');
	});

	it('lets people of campaigns wait; nobody is given up', async () => {
		const sandbox = await linkedPair();
		const { ids } = (await acceptRequests(sandbox.ledger, 'w:n', [
			{ service: 'flowStep', person: '50', campaign: '', parameters: {} },
		])) as { ids: string[] };
		sandbox.savePerson('50', { email: 'new@x.test' });
		startWith(sandbox, OTHER);
		for (let tries = 0; tries < 50; tries++) {
			sandbox.now += 3_600_000;
			await takeBatch(sandbox.ledger, 'w:n');
			const [answer] = await syncPeople(
				{
					ledger: sandbox.ledger,
					dynamics: undefined as never,
					marketo: sandbox.marketo,
					definition: LANE,
					detectDuplicates: true,
				},
				[{ request: ids[0]!, person: '50', syncAs: 'lead', owner: '', values: {} }],
			);
			expect(answer).toMatchObject({
				outcome: 'waiting',
				success: null,
				reason: expect.stringMatching(/^The sync has stopped: The key next to/) as string,
			});
		}
		expect(
			await sandbox.ledger.db
				.selectFrom('request')
				.select(['state', 'attempts', 'looks', 'answer'])
				.execute(),
		).toEqual([{ state: 'waiting', attempts: 0, looks: 0, answer: null }]);
	});
});

describe('callbacks and another key', () => {
	const RECEIVER = 'w:n';
	const DONE: Answer = { success: true, errorCode: '', reason: '', values: {} };
	const CALLBACK = {
		url: 'https://app.marketo.com/cb',
		token: 'one-time',
		apiKey: 'key',
		munchkinId: 'AAA-111-BBB',
	};
	const chunks = async (sandbox: Sandbox) =>
		await sandbox.ledger.db
			.selectFrom('chunk')
			.select(['id', 'state', 'callback', 'reason'])
			.orderBy('id')
			.execute();
	const due = async (sandbox: Sandbox, id: string) => {
		const { ids } = (await acceptRequests(
			sandbox.ledger,
			RECEIVER,
			[{ service: 'flowStep', person: '1', campaign: '', parameters: {} }],
			{ id, callback: CALLBACK },
		)) as { ids: string[] };
		await answerRequests(sandbox.ledger, [{ request: ids[0]!, answer: DONE }]);
	};

	it('wait for the right one', async () => {
		const sandbox = await linkedPair();
		const { key } = sandbox.ledger;
		await due(sandbox, 'a');
		startWith(sandbox, OTHER);
		expect(await claimCallback(sandbox.ledger, RECEIVER)).toBeNull();
		startWith(sandbox, key);
		expect(await claimCallback(sandbox.ledger, RECEIVER)).toMatchObject({
			chunk: 'a',
			callback: CALLBACK,
		});
	});

	it('are given up where they cannot be opened, with a reason; those behind them are made', async () => {
		const sandbox = await linkedPair();
		await due(sandbox, 'a');
		await due(sandbox, 'b');
		await sandbox.ledger.db
			.updateTable('chunk')
			.set({ callback: 'no seal' })
			.where('id', '=', 'b')
			.execute();
		startWith(sandbox, OTHER);
		await adoptPresentState(sandbox.ledger, 'people');
		sandbox.now += 1;
		await due(sandbox, 'c');
		expect(await claimCallback(sandbox.ledger, RECEIVER)).toMatchObject({
			chunk: 'c',
			callback: CALLBACK,
		});
		const givenUp = {
			state: 'failed',
			callback: '',
			reason: expect.stringMatching(/cannot be decrypted.*another key/) as string,
		};
		expect(await chunks(sandbox)).toEqual([
			expect.objectContaining(givenUp),
			expect.objectContaining(givenUp),
			expect.objectContaining({ state: 'calling' }),
		]);
		expect(await claimCallback(sandbox.ledger, RECEIVER)).toBeNull();
	});
});

describe('R43: adopting the present state with another key', () => {
	it('takes the key over: everything is compared as for the first time, and the sync goes on', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
		startWith(sandbox, OTHER);
		expect(await adoptPresentState(sandbox.ledger, 'people')).toMatchObject({
			links: 1,
			stopLifted: true,
		});
		expect(await link(sandbox)).toMatchObject({
			marketo_id: '7',
			state: 'active',
			key_id: 'other',
			bases: null,
		});
		await sandbox.run();
		expect(
			await sandbox.ledger.db.selectFrom('conflict').select(['row', 'base', 'winner']).execute(),
		).toEqual([{ row: 'jobtitle>title', base: 'unset', winner: 'marketo' }]);
		expect(sandbox.people.get('7')!.phone).toBe('1');
		sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Boss');
	});

	it('stops whoever still has the key that was the right one before', async () => {
		const sandbox = await linkedPair();
		await adoptPresentState({ ...sandbox.ledger, key: OTHER }, 'people');
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
			do: 'wait',
			why: expect.stringMatching(/made with \(key other\)/) as string,
		});
	});

	it('lifts the stop of a ledger that is behind as well (both were lost)', async () => {
		const sandbox = await linkedPair();
		const remembered = { ledger: sandbox.ledger.id, commits: 99 };
		await stopBecauseBehind(sandbox.ledger, 'people', await witnessOf(sandbox.ledger), remembered);
		startWith(sandbox, OTHER);
		expect((await adoptPresentState(sandbox.ledger, 'people')).stopLifted).toBe(true);
		expect(isBehind(await witnessOf(sandbox.ledger), remembered)).toBe(false);
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'page' });
	});

	it('says that a stop for another reason stands', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db.updateTable('lane').set({ stopped: 'Too many deletes' }).execute();
		startWith(sandbox, OTHER);
		expect((await adoptPresentState(sandbox.ledger, 'people')).stopLifted).toBe(false);
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
			why: 'Too many deletes',
		});
	});

	it.each([
		[
			'refused',
			(sandbox: Sandbox) =>
				void (sandbox.answerOfMarketo = () => ({
					kind: 'refused',
					refusal: { field: 'title', code: 'x', reason: 'Too long', remedy: 'Shorten it' },
				})),
		],
		['asked about', (sandbox: Sandbox) => sandbox.savePerson('7', { phone: '2' })],
	])(
		'makes nobody anew for a row whose person is deleted then, although a value of it was %s before',
		async (_, prepare) => {
			const sandbox = await linkedPair();
			prepare(sandbox);
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
			await sandbox.run();
			sandbox.removePerson('7');
			startWith(sandbox, OTHER);
			await adoptPresentState(sandbox.ledger, 'people');
			await sandbox.run();
			sandbox.saveRow('lead', ADA, { fullname: 'Ada King' });
			await sandbox.run();
			expect((await link(sandbox)).state).toBe('goneInMarketo');
			expect(sandbox.people.size).toBe(0);
		},
	);

	it('still wakes rows that stand in the way of each other by their e-mail', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', BOB, { emailaddress1: 'ada@x.test' });
		await sandbox.run();
		expect(sandbox.needy).toEqual([`lead:${BOB}`]);
		startWith(sandbox, OTHER);
		await adoptPresentState(sandbox.ledger, 'people');
		await sandbox.run();
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@elsewhere.test' });
		await sandbox.run();
		expect(sandbox.needy).toEqual([]);
	});
});
