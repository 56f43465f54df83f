import { lookForWork } from '../../../../sync/schedule/runs';
import { linksOfPeople } from '../../../../sync/ledger/links';
import { NotThisPage } from '../../../../sync/schedule/token';
import { isBehind, stopBecauseBehind, witnessOf } from '../../../../sync/schedule/restoreGuard';
import { adoptPresentState } from '../../../../sync/operate/adoptPresentState';
import { pause } from '../../../../sync/operate/pause';
import { CannotDo } from '../../../../sync/cannotDo';
import { ADA, linkedPair, type Sandbox } from './sandbox';

const adopt = async (sandbox: Sandbox) => await adoptPresentState(sandbox.ledger, 'people');
const link = async (sandbox: Sandbox) =>
	await sandbox.ledger.db.selectFrom('link').selectAll().executeTakeFirstOrThrow();
/** What is known of the lead. */
const known = async ({ ledger: { db } }: Sandbox) =>
	(await linksOfPeople(db, 'people', ['7']))[0]!.bases.dynamics;
const conflicts = async (sandbox: Sandbox) =>
	await sandbox.ledger.db.selectFrom('conflict').select(['row', 'base', 'winner']).execute();

describe('R43: adoptPresentState', () => {
	it('keeps the link, and takes equal fields as they are without a write', async () => {
		const sandbox = await linkedPair();
		const before = await known(sandbox);
		const written = sandbox.receipts.length;
		expect(await adopt(sandbox)).toEqual({
			links: 1,
			dropped: expect.any(Number) as number,
			stopLifted: false,
		});
		expect(await link(sandbox)).toMatchObject({
			marketo_id: '7',
			state: 'active',
			bases: null,
		});
		await sandbox.run();
		expect(sandbox.receipts).toHaveLength(written);
		expect(before.size).toBeGreaterThan(0);
		expect(await known(sandbox)).toEqual(before);
		expect(await conflicts(sandbox)).toEqual([]);
	});

	it('lets the rules of a first contact decide where the sides differ, and puts that on record', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
		await adopt(sandbox);
		await sandbox.run();
		expect(await conflicts(sandbox)).toEqual([
			{ row: 'jobtitle>title', base: 'unset', winner: 'marketo' },
		]);
		expect(sandbox.rows.get(ADA)!.values).toMatchObject({ jobtitle: 'Clerk', telephone1: '1' });
		expect(sandbox.people.get('7')!).toMatchObject({ title: 'Clerk', phone: '1' });
	});

	it('ends a run that is on; what it had decided is decided anew', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { telephone1: '1' });
		const { resolved } = await sandbox.openPage();
		await adopt(sandbox);
		await expect(sandbox.write(resolved)).rejects.toThrow(NotThisPage);
		expect(await sandbox.ledger.db.selectFrom('plan').selectAll().execute()).toEqual([]);
		await sandbox.run(0);
		expect(sandbox.people.get('7')!.phone).toBe('1');
	});

	it('refuses while a write may still arrive, changes nothing, and takes it when that time is over', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.openPage();
		await sandbox.ledger.db
			.updateTable('plan')
			.set({ state: 'sent', sent_at: sandbox.now, over_at: sandbox.now + 30_000 })
			.where('state', '=', 'planned')
			.execute();
		const before = await link(sandbox);
		await expect(adopt(sandbox)).rejects.toThrow(
			new CannotDo('1 write is not answered yet and may still arrive', ''),
		);
		expect(await link(sandbox)).toEqual(before);
		expect(
			(await sandbox.ledger.db.selectFrom('lane').select('run').executeTakeFirstOrThrow()).run,
		).not.toBeNull();
		sandbox.now += 30_000 + sandbox.ledger.timing.unansweredGrace;
		expect(await adopt(sandbox)).toMatchObject({ links: 1 });
	});

	it('compares ids: a row that was deleted without a word is asked for and found missing', async () => {
		const sandbox = await linkedPair();
		sandbox.rows.delete(ADA);
		await sandbox.run();
		expect((await link(sandbox)).state).toBe('active');
		await adopt(sandbox);
		await sandbox.run();
		expect((await link(sandbox)).state).toBe('goneInDynamics');
		expect(sandbox.people.get('7')!.msIsDeleted).toBe(true);
	});

	it('keeps what is known of a row whose person was deleted (R29: only a later edit makes a new one)', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db.updateTable('link').set({ state: 'goneInMarketo' }).execute();
		const before = await known(sandbox);
		sandbox.people.delete('7');
		await adopt(sandbox);
		expect(before.size).toBeGreaterThan(0);
		expect(await known(sandbox)).toEqual(before);
		await sandbox.run();
		expect(sandbox.people.size).toBe(0);
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		expect([...sandbox.people.values()]).toEqual([expect.objectContaining({ title: 'Chief' })]);
	});

	it('lifts the stop of a ledger that is behind, for good (R42)', async () => {
		const sandbox = await linkedPair();
		const remembered = { ledger: sandbox.ledger.id, commits: 99 };
		await stopBecauseBehind(sandbox.ledger, 'people', await witnessOf(sandbox.ledger), remembered);
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
			do: 'wait',
			why: expect.stringMatching(/older copy of it was restored.*Adopt Present State/) as string,
		});
		expect((await adopt(sandbox)).stopLifted).toBe(true);
		expect(isBehind(await witnessOf(sandbox.ledger), remembered)).toBe(false);
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'page' });
	});

	it('leaves a pause, and a stop for another reason', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db.updateTable('lane').set({ stopped: 'Too many deletes' }).execute();
		await pause(sandbox.ledger, 'people');
		expect((await adopt(sandbox)).stopLifted).toBe(false);
		expect(
			await sandbox.ledger.db.selectFrom('lane').select(['stopped', 'paused']).executeTakeFirst(),
		).toEqual({ stopped: 'Too many deletes', paused: 1 });
	});
});
