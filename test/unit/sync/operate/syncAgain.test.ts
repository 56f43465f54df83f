import { fingerprint } from '../../../../sync/fingerprint';
import { CannotDo } from '../../../../sync/cannotDo';
import { syncAgain } from '../../../../sync/operate/syncAgain';
import { ADA, BOB, linkedPair, Sandbox } from './sandbox';

describe('syncAgain', () => {
	it('reads both sides with the next page, although no feed announces them', async () => {
		const sandbox = await linkedPair();
		expect(await syncAgain(sandbox.ledger, { id: '7' })).toBe(`lead:${ADA}`);
		await sandbox.run();
		const runs = await sandbox.ledger.db
			.selectFrom('run')
			.select('counts')
			.orderBy('started_at', 'desc')
			.executeTakeFirstOrThrow();
		expect(JSON.parse(runs.counts)).toMatchObject({ records: 2 });
		expect(await sandbox.ledger.db.selectFrom('queue').selectAll().execute()).toEqual([]);
	});

	it('keeps a difference that both sides have had since the last comparison', async () => {
		const sandbox = await difference();
		await syncAgain(sandbox.ledger, { id: ADA });
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Clerk');
	});

	it('decides as at first contact on demand, and lists it as a conflict', async () => {
		const sandbox = await difference();
		await syncAgain(sandbox.ledger, { id: ADA }, { asIfNeverCompared: true });
		await sandbox.run();
		const conflicts = await sandbox.ledger.db
			.selectFrom('conflict')
			.select(['row', 'base', 'winner'])
			.execute();
		expect(conflicts).toEqual([{ row: 'jobtitle>title', base: 'unset', winner: 'marketo' }]);
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Clerk');
	});

	it('takes in a lead that was never met', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', BOB, { emailaddress1: 'bob@x.test' });
		await sandbox.ledger.db.updateTable('feed').set({ drained_in: null }).execute();
		expect(await syncAgain(sandbox.ledger, { id: BOB, table: 'lead' })).toBe(`lead:${BOB}`);
		await sandbox.run();
		expect([...sandbox.people.values()].map((person) => person.email)).toContain('bob@x.test');
	});

	it('refuses an unknown ID without its table, and an unknown person', async () => {
		const sandbox = await linkedPair();
		await expect(syncAgain(sandbox.ledger, { id: BOB })).rejects.toThrow(CannotDo);
		await expect(syncAgain(sandbox.ledger, { id: '99' })).rejects.toThrow(
			/does not know a Marketo person/,
		);
	});
});

/** Both sides differ, and the last comparison knew it: nothing is to be carried over. */
async function difference(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.rows.get(ADA)!.values.jobtitle = 'Chief';
	const link = await sandbox.ledger.db.selectFrom('link').selectAll().executeTakeFirstOrThrow();
	const bases = JSON.parse(link.bases_dynamics) as Record<string, string>;
	bases.jobtitle = fingerprint(sandbox.ledger.key, 'Chief');
	await sandbox.ledger.db
		.updateTable('link')
		.set({ bases_dynamics: JSON.stringify(bases) })
		.execute();
	return sandbox;
}
