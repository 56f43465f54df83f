import { ADA, linkedPair } from '../operate/sandbox';

describe('a linked person who is not found in Marketo', () => {
	it('is no deleted one: the link stays, and the record is tried again until it needs help (R30)', async () => {
		const sandbox = await linkedPair();
		sandbox.people.delete('7');
		sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
		await sandbox.run();
		const link = async () =>
			await sandbox.ledger.db.selectFrom('link').select(['state', 'marketo_id']).executeTakeFirst();
		expect(await link()).toEqual({ state: 'active', marketo_id: '7' });
		expect(sandbox.needy).toEqual([]);
		for (let run = 0; run < 8; run++) await sandbox.run(180);
		expect(sandbox.needy).toEqual([`lead:${ADA}`]);
		expect(await link()).toEqual({ state: 'active', marketo_id: '7' });
	});
});
