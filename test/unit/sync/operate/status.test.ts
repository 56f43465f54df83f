import { afterPage, lookForWork } from '../../../../sync/schedule/runs';
import { enqueue } from '../../../../sync/ledger/due';
import { countCall } from '../../../../sync/ledger/callCount';
import { findLane } from '../../../../sync/ledger/lanes';
import { noteRunBy } from '../../../../sync/ledger/runBy';
import { leaveOthers } from '../../../../sync/operate/leaveOthers';
import { pause } from '../../../../sync/operate/pause';
import { showStatus, showStatusAtLength } from '../../../../sync/operate/showStatus';
import { readableStatus } from '../../../../sync/operate/readableStatus';
import { statusColumns, statusOf } from '../../../../sync/operate/status';
import { BOB, linkedPair, Sandbox } from './sandbox';

const status = async (sandbox: Sandbox) => await statusOf(sandbox.ledger, 'people');

describe('statusOf', () => {
	it('says how to start a sync that never ran, without making anything', async () => {
		const sandbox = await Sandbox.open();
		const row = await status(sandbox);
		expect(row).toMatchObject({
			lane: 'People',
			status: expect.stringMatching(/^Not started yet: publish/),
			lastRun: null,
			lagSeconds: null,
		});
		expect(await sandbox.ledger.db.selectFrom('lane').selectAll().execute()).toEqual([]);
	});

	it('is up to date after a run, with the next run and the lag', async () => {
		const sandbox = await linkedPair();
		sandbox.now += 60_000;
		expect(await status(sandbox)).toMatchObject({
			status: 'Up to date',
			lastRun: '2026-03-02T08:12:00.000Z',
			lastRunEnded: '2026-03-02T08:12:00.000Z',
			nextRun: '2026-03-02T08:17:00.000Z',
			linkedInAll: 1,
			lagSeconds: 60,
			goesOnAt: null,
		});
	});

	it('counts what the last run did', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		await sandbox.run();
		expect(await status(sandbox)).toMatchObject({ created: 1, linkedInAll: 2, conflicts: 0 });
	});

	it('says what was written in the last hour and day, and since when something waits', async () => {
		const sandbox = await linkedPair();
		const late = async () => (await showStatusAtLength(sandbox.ledger))[0]!.late;
		const before = await late();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		await sandbox.run();
		const written = await late();
		expect(written.toMarketoLastHour).toBe(before.toMarketoLastHour + 1);
		expect(written).toMatchObject({ waitingSince: null });
		sandbox.now += 2 * 3_600_000;
		expect(await late()).toMatchObject({
			toMarketoLastHour: 0,
			toMarketoLastDay: written.toMarketoLastDay,
		});
		sandbox.now += 24 * 3_600_000;
		expect(await late()).toMatchObject({ toMarketoLastDay: 0 });
		await enqueue(sandbox.ledger, sandbox.ledger.db, {
			lane: 'people',
			subject: `contact:${BOB}`,
			dueAt: sandbox.now,
			code: 'again',
			reason: 'Dynamics was busy',
			run: '',
		});
		const since = sandbox.now;
		sandbox.now += 60_000;
		expect(await late()).toMatchObject({ waitingSince: new Date(since).toISOString() });
	});

	it('is running while a page is worked on', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		await sandbox.openPage();
		expect(await status(sandbox)).toMatchObject({
			status: 'Running',
			nextRun: null,
			lastRunEnded: null,
		});
	});

	it('is up to date as soon as the last page is written (nothing comes after it to say so)', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		const first = await sandbox.openPage();
		await sandbox.write(first.resolved);
		let { ref } = first;
		while ((await status(sandbox)).status === 'Running') {
			const look = await afterPage(sandbox.ledger, sandbox.setting, ref);
			if (look.do !== 'page') throw new Error('The run ended while it was said to go on');
			ref = look.ref;
			await sandbox.write(await sandbox.decide(look.start.page));
		}
		expect(await status(sandbox)).toMatchObject({
			status: 'Up to date',
			lastRunEnded: expect.any(String) as string,
		});
		expect(await afterPage(sandbox.ledger, sandbox.setting, ref)).toMatchObject({
			do: 'wait',
			why: 'done',
		});
	});

	it('says that a pause waits for the present page', async () => {
		const sandbox = await linkedPair();
		const { ref } = await sandbox.openPage();
		await pause(sandbox.ledger, 'people');
		expect((await status(sandbox)).status).toBe('Paused: the current execution ends first');
		await afterPage(sandbox.ledger, sandbox.setting, ref);
		expect(await status(sandbox)).toMatchObject({ status: 'Paused', nextRun: null });
	});

	it('says why it stopped, before anything else', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db
			.updateTable('lane')
			.set({ stopped: 'Too many deletes', paused: 1 })
			.execute();
		expect((await status(sandbox)).status).toBe('Stopped: Too many deletes');
	});

	it('says why it waits and when it goes on', async () => {
		const sandbox = await linkedPair();
		await sandbox.ledger.db
			.updateTable('lane')
			.set({
				waiting_for: "Marketo's calls of the day are used up",
				next_due: sandbox.now + 3_600_000,
			})
			.execute();
		expect(await status(sandbox)).toMatchObject({
			status: "Waiting: Marketo's calls of the day are used up",
			goesOnAt: '2026-03-02T09:12:00.000Z',
		});
	});

	it('says since when a run gives no sign of life', async () => {
		const sandbox = await linkedPair();
		await sandbox.openPage();
		sandbox.now += 10 * 60_000;
		expect((await status(sandbox)).status).toMatch(/no sign of life since 2026-03-02 08:18:00 UTC/);
	});

	it('asks whether the workflow is published when nobody starts what is due', async () => {
		const sandbox = await linkedPair();
		sandbox.now += 60 * 60_000;
		expect((await status(sandbox)).status).toMatch(
			/^Waiting: due since 2026-03-02 08:17:00 UTC, but nothing starts it/,
		);
	});

	it('names the outcome of a run that ended early', async () => {
		const sandbox = await linkedPair();
		const look = await lookForWork(sandbox.ledger, { ...sandbox.setting });
		expect(look.do).toBe('wait');
		await sandbox.ledger.db
			.updateTable('run')
			.set({ outcome: 'stopped because it made no progress' })
			.execute();
		expect((await status(sandbox)).status).toBe(
			'Waiting: the last run ended early (stopped because it made no progress); the next one continues',
		);
	});

	it('shows the calls of the day in Marketo', async () => {
		const sandbox = await linkedPair();
		await countCall(sandbox.ledger.db, 'marketo', sandbox.now);
		expect((await status(sandbox)).marketoCallsToday).toBe(1);
	});

	it('is flat, with names and types that a Data Table takes', async () => {
		const sandbox = await linkedPair();
		const row = await status(sandbox);
		const columns = statusColumns(row);
		expect(columns.map(({ name }) => name)).toEqual(Object.keys(row));
		for (const { name, type } of columns) {
			expect(name).toMatch(/^[a-zA-Z][a-zA-Z0-9_]*$/);
			if (row[name] !== null)
				expect(typeof row[name]).toBe(type === 'number' ? 'number' : 'string');
			if (type === 'date' && row[name] !== null)
				expect(new Date(row[name] as string).toISOString()).toBe(row[name]);
		}
	});
});

describe('showStatus', () => {
	it('shows people before they were ever synced, and each lane once afterwards', async () => {
		const sandbox = await Sandbox.open();
		expect(await showStatus(sandbox.ledger)).toHaveLength(1);
		await sandbox.run();
		expect((await showStatus(sandbox.ledger)).map(({ lane }) => lane)).toEqual(['People']);
	});
});

describe('the status as people read it', () => {
	it('says in words what waits for a person, and keeps every number of the row', async () => {
		const sandbox = await linkedPair();
		const row = await statusOf(sandbox.ledger, 'people');
		const quiet = readableStatus(row);
		expect(quiet).toEqual({ ...row, attention: '' });
		expect(readableStatus({ ...row, needHelp: 1, heldFields: 2, openQuestions: 3 }).attention).toBe(
			'1 record needs help; 2 fields are not synced; 3 questions wait for an answer',
		);
	});
});

describe('the workflow that runs the sync', () => {
	const by = { workflow: 'w1', name: 'Our sync', keepsExecutions: true };

	it('is named where it does not start what is due', async () => {
		const sandbox = await linkedPair();
		await noteRunBy(sandbox.ledger.db, 'people', by);
		sandbox.now += 3_600_000;
		expect((await status(sandbox)).status).toMatch(
			/^Waiting: due since .*, but the workflow "Our sync", which runs the sync, does not start it\. Publish that one, or use Take Over/,
		);
	});

	it('is said to keep healthy runs, with what to set, until another one runs the sync', async () => {
		const sandbox = await linkedPair();
		await noteRunBy(sandbox.ledger.db, 'people', by);
		expect((await status(sandbox)).notes).toMatch(/keeps every healthy run.*"Do not save"/);
		await noteRunBy(sandbox.ledger.db, 'people', { ...by, keepsExecutions: false });
		expect((await status(sandbox)).notes).toBe('');
		await noteRunBy(sandbox.ledger.db, 'people', { ...by, workflow: 'w2' });
		expect((await status(sandbox)).notes).toBe('');
	});
});

describe('a sync whose trigger syncs something else by now', () => {
	const left = { lane: 'people', workflow: 'w1', trigger: 'node' };
	const leave = async (by: Partial<typeof left> = {}) => {
		const sandbox = await linkedPair();
		const { db } = sandbox.ledger;
		const known = { workflow: 'w1', name: 'Our sync', keepsExecutions: false, trigger: 'node' };
		await noteRunBy(db, 'people', known);
		await leaveOthers(sandbox.ledger, { ...left, lane: 'custom.task.task_c', ...by });
		return sandbox;
	};

	it('is free for any workflow, says so, and nobody is told that it stands still', async () => {
		const sandbox = await leave();
		expect((await findLane(sandbox.ledger.db, 'people'))!.workflow).toBeNull();
		sandbox.now += 3_600_000;
		expect(await status(sandbox)).toMatchObject({
			status: 'Left: no workflow runs this sync any longer',
			nextRun: null,
		});
	});

	it.each([
		['of another trigger of the same workflow', { trigger: 'other node' }],
		['of another workflow', { workflow: 'w2' }],
		['that it goes on with', { lane: 'people' }],
	])('is none %s', async (_, by) => {
		const sandbox = await leave(by);
		expect((await findLane(sandbox.ledger.db, 'people'))!.workflow).toBe('w1');
	});
});
