import { sql } from 'kysely';
import { forgetOldValues } from '../../../../sync/schedule/forgetOldValues';
import { ADA, linkedPair, type Sandbox } from '../operate/sandbox';

const DAY = 86_400_000;
const withValues = async (sandbox: Sandbox) =>
	await sandbox.ledger.db
		.selectFrom('history')
		.select(['id', 'verdicts'])
		.where('shown', 'is not', null)
		.execute();

/** A pair with one value in its history. */
async function edited(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
	await sandbox.run();
	expect(await withValues(sandbox)).toHaveLength(1);
	return sandbox;
}

describe('forgetOldValues', () => {
	it('empties values after 30 days and keeps what was decided', async () => {
		const sandbox = await edited();
		expect(await forgetOldValues(sandbox.ledger.db, sandbox.now + 30 * DAY)).toBe(0);
		expect(await forgetOldValues(sandbox.ledger.db, sandbox.now + 30 * DAY + 1)).toBe(1);
		expect(await withValues(sandbox)).toEqual([]);
		const history = await sandbox.ledger.db.selectFrom('history').select('verdicts').execute();
		expect(JSON.stringify(history)).toContain('Changed in Dynamics');
	});

	it('takes another number of days', async () => {
		const sandbox = await edited();
		expect(await forgetOldValues(sandbox.ledger.db, sandbox.now + 2 * DAY, 1)).toBe(1);
	});

	it('keeps the values of a record with an open question until it is answered (R38)', async () => {
		const sandbox = await edited();
		sandbox.saveRow('lead', ADA, { telephone1: '1' });
		sandbox.savePerson('7', { phone: '2' });
		await sandbox.run();
		expect(await forgetOldValues(sandbox.ledger.db, sandbox.now + 60 * DAY)).toBe(0);
		await sandbox.ledger.db.updateTable('conflict').set({ state: 'decided' }).execute();
		expect(await forgetOldValues(sandbox.ledger.db, sandbox.now + 60 * DAY)).toBe(1);
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
		await forgetOldValues(sandbox.ledger.db, sandbox.now + 31 * DAY);
		expect(await sandbox.ledger.db.selectFrom('log').select('state').execute()).toEqual([
			{ state: 'due' },
		]);
	});

	it('runs with the end of each run', async () => {
		const sandbox = await edited();
		await sandbox.run(31 * 24 * 60);
		expect(await withValues(sandbox)).toEqual([]);
	});

	it('looks only at entries that still have values (the history never ends)', async () => {
		const sandbox = await edited();
		const plan = await sql<{
			detail: string;
		}>`explain query plan update history set shown = null where shown is not null and at < 1
			and link not in (select link from conflict where state = 'open')`.execute(sandbox.ledger.db);
		expect(plan.rows.map(({ detail }) => detail).join()).toContain(
			'history USING INDEX history_shown',
		);
	});
});
