import { ADA, linkedPair } from '../operate/sandbox';

describe('a pair whose bases were made with another key (R31, A10)', () => {
	it('meets as if for the first time: an empty field gives way, and nothing is blanked', async () => {
		const sandbox = await linkedPair();
		const { jobtitle } = sandbox.rows.get(ADA)!.values;
		expect(jobtitle).toBeTruthy();
		await sandbox.ledger.db.updateTable('link').set({ key_id: 'older' }).execute();
		sandbox.savePerson('7', { title: null });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe(jobtitle);
		expect(sandbox.people.get('7')!.title).toBe(jobtitle);
		expect(await sandbox.ledger.db.selectFrom('conflict').selectAll().execute()).toEqual([]);
	});
});
