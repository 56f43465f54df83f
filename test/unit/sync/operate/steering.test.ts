import { afterPage, lookForWork } from '../../../../sync/schedule/runs';
import { NotThisPage } from '../../../../sync/schedule/token';
import { freeStuckRun } from '../../../../sync/operate/freeStuckRun';
import { pause } from '../../../../sync/operate/pause';
import { CannotDo } from '../../../../sync/cannotDo';
import { resume } from '../../../../sync/operate/resume';
import { takeOver } from '../../../../sync/operate/takeOver';
import { ADA, linkedPair, Sandbox } from './sandbox';

const lane = async (sandbox: Sandbox) =>
	await sandbox.ledger.db.selectFrom('lane').selectAll().executeTakeFirstOrThrow();

describe('pause and resume', () => {
	it('starts no run while paused and is due at once afterwards', async () => {
		const sandbox = await linkedPair();
		await pause(sandbox.ledger, 'people');
		sandbox.now += 3_600_000;
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
			do: 'wait',
			why: 'The sync is paused',
		});
		await resume(sandbox.ledger, 'people');
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'page' });
	});

	it('can be paused before the first run', async () => {
		const sandbox = await Sandbox.open();
		await pause(sandbox.ledger, 'people');
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({ do: 'wait' });
	});

	it('goes on after the sync stopped by itself, with as many deletes as were allowed', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db.updateTable('lane').set({ stopped: 'Too many deletes' }).execute();
		await resume(sandbox.ledger, 'people', { allowDeletes: 120 });
		expect(await lane(sandbox)).toMatchObject({
			stopped: null,
			deletes_allowed: 120,
			next_due: sandbox.now,
		});
		await resume(sandbox.ledger, 'people');
		expect((await lane(sandbox)).deletes_allowed).toBe(0);
	});
});

describe('R35: deletes that were allowed', () => {
	const allowed = async (sandbox: Sandbox) => (await lane(sandbox)).deletes_allowed;

	it('are used up when a run has read everything', async () => {
		const sandbox = await linkedPair();
		await resume(sandbox.ledger, 'people', { allowDeletes: 120 });
		await sandbox.run(0);
		expect(await allowed(sandbox)).toBe(0);
	});

	it('are still allowed when the run ended before', async () => {
		const sandbox = await linkedPair();
		await resume(sandbox.ledger, 'people', { allowDeletes: 120 });
		const { ref } = await sandbox.openPage(0);
		await pause(sandbox.ledger, 'people');
		await sandbox.finish(ref);
		expect(await allowed(sandbox)).toBe(120);
	});
});

describe('freeStuckRun', () => {
	it('ends the run; what it decided is decided anew and its late writes are refused', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const { ref, resolved } = await sandbox.openPage();
		expect(await freeStuckRun(sandbox.ledger, 'people')).toEqual({ freed: true, unanswered: 0 });
		await expect(sandbox.write(resolved)).rejects.toThrow(NotThisPage);
		expect(await afterPage(sandbox.ledger, sandbox.setting, ref)).toMatchObject({
			do: 'wait',
			why: 'The run has been taken over',
		});
		await sandbox.run(0);
		expect(sandbox.people.get('7')!.title).toBe('Chief');
	});

	it('counts writes that went out without an answer', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.openPage();
		await sandbox.ledger.db
			.updateTable('plan')
			.set({ state: 'sent', sent_at: sandbox.now, over_at: sandbox.now + 30_000 })
			.where('state', '=', 'planned')
			.execute();
		expect(await freeStuckRun(sandbox.ledger, 'people')).toEqual({ freed: true, unanswered: 1 });
		expect(
			await sandbox.ledger.db
				.selectFrom('plan')
				.select('state')
				.where('state', '=', 'unknown')
				.execute(),
		).toHaveLength(1);
	});

	it('does nothing when no run is on', async () => {
		const sandbox = await linkedPair();
		const before = await lane(sandbox);
		expect(await freeStuckRun(sandbox.ledger, 'people')).toEqual({ freed: false, unanswered: 0 });
		expect(await lane(sandbox)).toEqual(before);
	});
});

describe('takeOver', () => {
	it('lets the new workflow run the sync and refuses the old one (R41)', async () => {
		const sandbox = await linkedPair();
		expect(await takeOver(sandbox.ledger, 'people', 'w2')).toEqual({ before: 'w1' });
		expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
			do: 'wait',
			why: expect.stringMatching(/^Another workflow/),
		});
		expect(await lookForWork(sandbox.ledger, { ...sandbox.setting, workflow: 'w2' })).toMatchObject(
			{ do: 'page' },
		);
	});

	it('ends a run of the old workflow, which cannot write any more', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const { resolved } = await sandbox.openPage();
		await takeOver(sandbox.ledger, 'people', 'w2');
		await expect(sandbox.write(resolved)).rejects.toThrow(NotThisPage);
		expect((await lane(sandbox)).run).toBeNull();
	});

	it('leaves a run of the same workflow alone', async () => {
		const sandbox = await linkedPair();
		await sandbox.openPage();
		expect(await takeOver(sandbox.ledger, 'people', 'w1')).toEqual({ before: 'w1' });
		expect((await lane(sandbox)).run).not.toBeNull();
	});

	it('asks to save a workflow that has no ID', async () => {
		const sandbox = await linkedPair();
		await expect(takeOver(sandbox.ledger, 'people', '')).rejects.toThrow(CannotDo);
	});
});
