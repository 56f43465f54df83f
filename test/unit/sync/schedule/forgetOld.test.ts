import { recordConflict } from '../../../../sync/ledger/conflicts';
import { remember } from '../../../../sync/ledger/history';
import { acceptRequests, endBatch, takeBatch } from '../../../../sync/ledger/requests';
import { lastRun } from '../../../../sync/ledger/runs';
import { forgetOld } from '../../../../sync/schedule/forgetOld';
import { ADA, linkedPair, type Sandbox } from '../operate/sandbox';

const DAY = 86_400_000;

const count = async ({ ledger }: Sandbox, table: 'history' | 'conflict') =>
	(await ledger.db.selectFrom(table).select('link').execute()).length;

/** As after so many days. */
async function forget(sandbox: Sandbox, days: number): Promise<void> {
	const clock = { now: () => sandbox.now + days * DAY };
	await forgetOld({ ...sandbox.ledger, clock }, sandbox.ledger.db);
}

/** A pair with a decision in its history. */
async function edited(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
	await sandbox.run();
	expect(await count(sandbox, 'history')).toBeGreaterThan(0);
	return sandbox;
}

async function asked(): Promise<Sandbox> {
	const sandbox = await edited();
	sandbox.saveRow('lead', ADA, { telephone1: '1' });
	sandbox.savePerson('7', { phone: '2' });
	await sandbox.run();
	expect(await count(sandbox, 'conflict')).toBe(1);
	return sandbox;
}

describe('forgetOld', () => {
	it('forgets decisions, and the values of people in them, after 30 days', async () => {
		const sandbox = await edited();
		const before = await count(sandbox, 'history');
		await forget(sandbox, 29.9);
		expect(await count(sandbox, 'history')).toBe(before);
		await forget(sandbox, 30.01);
		expect(await count(sandbox, 'history')).toBe(0);
	});

	it('keeps an open question and what its record has come through until it is answered (R38)', async () => {
		const sandbox = await asked();
		const before = await count(sandbox, 'history');
		await forget(sandbox, 60);
		expect(await count(sandbox, 'history')).toBe(before);
		expect(await count(sandbox, 'conflict')).toBe(1);
		await sandbox.ledger.db.updateTable('conflict').set({ state: 'decided' }).execute();
		await forget(sandbox, 60);
		expect(await count(sandbox, 'conflict')).toBe(0);
		await forget(sandbox, 60);
		expect(await count(sandbox, 'history')).toBe(0);
	});

	it('goes in steps, so that no page waits for a million old rows', async () => {
		const sandbox = await edited();
		const { db } = sandbox.ledger;
		await db.transaction().execute(async (db) => {
			for (let n = 0; n < 4_500; n++) {
				await remember(db, {
					at: 0,
					run: 'old',
					page: 1,
					plan: null,
					link: 1,
					side: null,
					operation: 'update',
					outcome: 'written',
					decided: [],
					shown: null,
					mappingHash: '',
				});
				await recordConflict(db, {
					id: `c${n}`,
					lane: 'people',
					link: 1,
					row: 'a>b',
					state: 'decided',
					base: 'known',
					shown: { dynamics: '', marketo: '' },
					winner: 'marketo',
					rule: '',
					run: 'old',
					at: 0,
				});
			}
		});
		const before = await count(sandbox, 'history');
		await forget(sandbox, 0);
		expect(await count(sandbox, 'history')).toBe(before - 2_000);
		expect(await count(sandbox, 'conflict')).toBe(2_500);
		await forget(sandbox, 0);
		await forget(sandbox, 0);
		expect(await count(sandbox, 'history')).toBe(before - 4_500);
		expect(await count(sandbox, 'conflict')).toBe(0);
	});

	it('drops old entries for activity logs once they are written, since reasons may hold values', async () => {
		const sandbox = await edited();
		const entry = {
			lane: 'people',
			person: '7',
			at: sandbox.now,
			subject: 's',
			field: 'f',
			reason: 'r',
			remedy: 'm',
		};
		await sandbox.ledger.db
			.insertInto('log')
			.values([
				{ ...entry, state: 'written' },
				{ ...entry, state: 'due' },
			])
			.execute();
		await forget(sandbox, 31);
		expect(await sandbox.ledger.db.selectFrom('log').select('state').execute()).toEqual([
			{ state: 'due' },
		]);
	});

	it('forgets people of campaigns whom nobody has taken for 90 days: their workflow was deleted', async () => {
		const sandbox = await edited();
		const { ledger } = sandbox;
		const sent = { service: 'webhook' as const, campaign: '', parameters: { title: 'x' } };
		await acceptRequests(ledger, 'of a deleted workflow', [{ ...sent, person: '7' }]);
		const waiting = async () =>
			(await ledger.db.selectFrom('request').select('person').execute()).length;
		await forget(sandbox, 89);
		expect(await waiting()).toBe(1);
		await forget(sandbox, 91);
		expect(await waiting()).toBe(0);
	});

	it('forgets people of campaigns 30 days after they were answered, without a trigger that sees to it', async () => {
		const sandbox = await edited();
		const { ledger } = sandbox;
		const sent = { service: 'webhook' as const, campaign: '', parameters: { title: 'x' } };
		await acceptRequests(ledger, 'r', [{ ...sent, person: '7' }]);
		const { batch } = (await takeBatch(ledger, 'r'))!;
		await endBatch(ledger, batch, true);
		await forget(sandbox, 31);
		expect(await ledger.db.selectFrom('request').select('id').execute()).toEqual([]);
	});

	it('comes with the end of a page once an hour, and with each while there is more; runs that are over go as well', async () => {
		const sandbox = await edited();
		const { db } = sandbox.ledger;
		const deleted = async () => {
			const before = await count(sandbox, 'history');
			await sandbox.run();
			return before - (await count(sandbox, 'history'));
		};
		const put = async (rows: number) => {
			const { id: _, ...row } = (await db.selectFrom('history').selectAll().executeTakeFirst())!;
			const old = Array.from({ length: rows }, () => ({ ...row, at: 0 }));
			for (let from = 0; from < rows; from += 500)
				await db
					.insertInto('history')
					.values(old.slice(from, from + 500))
					.execute();
		};
		await put(2_001);
		expect(await deleted()).toBe(0);
		sandbox.now += 3_600_000;
		expect(await deleted()).toBe(2_000);
		expect(await deleted()).toBe(1);
		await put(1);
		expect(await deleted()).toBe(0);
		await sandbox.run(31 * 24 * 60);
		expect(await count(sandbox, 'history')).toBe(0);
		const runs = await sandbox.ledger.db.selectFrom('run').select('id').execute();
		expect(runs).toEqual([{ id: (await lastRun(sandbox.ledger.db, 'people'))!.id }]);
	});
});
