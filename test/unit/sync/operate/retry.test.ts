import { explain } from '../../../../sync/operate/explain';
import { retry, retryAll } from '../../../../sync/operate/retry';
import { ADA, BOB, linkedPair, Sandbox } from './sandbox';

const refusal = (field?: string) => ({
	kind: 'refused' as const,
	refusal: { field, code: 'x', reason: 'Refused by a plug-in', remedy: 'Ask the admin' },
});

/** A lead that Dynamics refuses to change. */
async function refusedLead(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.answerOfDynamics = () => refusal();
	sandbox.savePerson('7', { title: 'Chef' });
	await sandbox.run();
	await sandbox.run();
	expect(sandbox.needy).toEqual([`lead:${ADA}`]);
	return sandbox;
}

describe('retry', () => {
	it('tries a record that needs help again, and people are told that it is solved', async () => {
		const sandbox = await refusedLead();
		sandbox.answerOfDynamics = () => undefined;
		expect(await retry(sandbox.ledger, { id: ADA })).toEqual({ records: 1, fields: 0 });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chef');
		expect(sandbox.needy).toEqual([]);
	});

	it('leaves a record that is refused once more as needing help, without a second row', async () => {
		const sandbox = await refusedLead();
		const told = sandbox.help.length;
		await retry(sandbox.ledger, { id: ADA });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.needy).toEqual([`lead:${ADA}`]);
		expect(sandbox.help).toHaveLength(told);
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Clerk');
	});

	it('does not hand out a record again and again that goes on being refused', async () => {
		const sandbox = await refusedLead();
		await retry(sandbox.ledger, { id: ADA });
		await sandbox.run();
		expect(
			await sandbox.ledger.db.selectFrom('queue').select(['state', 'due_at']).execute(),
		).toEqual([{ state: 'help', due_at: 0 }]);
	});

	it('sends a value anew that had stayed behind', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.needy).toEqual([`lead:${ADA}:marketo:title`]);
		sandbox.answerOfMarketo = () => undefined;
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Clerk');
		expect(await retry(sandbox.ledger, { id: '7' })).toEqual({ records: 0, fields: 1 });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Chief');
		expect(sandbox.needy).toEqual([]);
	});

	it('says again that a field stays behind when it is refused once more', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		await sandbox.run();
		await retry(sandbox.ledger, { id: ADA });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.needy).toEqual([`lead:${ADA}:marketo:title`]);
		expect((await explain(sandbox.ledger, { id: ADA })).heldBack).toHaveLength(1);
	});

	it('makes a record due now that waits for a later time', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = () => ({ kind: 'again', reason: 'Busy' });
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		const due = async () =>
			await sandbox.ledger.db
				.selectFrom('queue')
				.select(['due_at', 'attempts'])
				.executeTakeFirstOrThrow();
		expect((await due()).due_at).toBeGreaterThan(sandbox.now);
		expect(await retry(sandbox.ledger, { id: ADA })).toEqual({ records: 1, fields: 0 });
		expect(await due()).toEqual({ due_at: sandbox.now, attempts: 0 });
	});

	it('does nothing to a record that is in order', async () => {
		const sandbox = await linkedPair();
		expect(await retry(sandbox.ledger, { id: ADA })).toEqual({ records: 0, fields: 0 });
		expect(await sandbox.ledger.db.selectFrom('queue').selectAll().execute()).toEqual([]);
	});

	it('starts the next run soon, but does not cut short a wait for a vendor', async () => {
		const sandbox = await refusedLead();
		const lane = async () =>
			(await sandbox.ledger.db.selectFrom('lane').select('next_due').executeTakeFirstOrThrow())
				.next_due;
		const later = sandbox.now + 3_600_000;
		await sandbox.ledger.db
			.updateTable('lane')
			.set({ next_due: later, waiting_for: 'The calls of the day are used up' })
			.execute();
		await retry(sandbox.ledger, { id: ADA });
		expect(await lane()).toBe(later);
		await sandbox.ledger.db.updateTable('lane').set({ waiting_for: null }).execute();
		await retry(sandbox.ledger, { id: ADA });
		expect(await lane()).toBe(sandbox.now);
	});
});

describe('retryAll', () => {
	it('tries all that need help, records and fields, and leaves the rest alone', async () => {
		const sandbox = await refusedLead();
		sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test', jobtitle: 'Clerk' });
		await sandbox.run();
		await sandbox.run();
		sandbox.answerOfMarketo = () => undefined;
		sandbox.answerOfDynamics = () => undefined;
		expect(await retryAll(sandbox.ledger)).toEqual({ records: 1, fields: 1 });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chef');
		expect(
			[...sandbox.people.values()].find((person) => person.email === 'bob@x.test')!.title,
		).toBe('Clerk');
		expect(sandbox.needy).toEqual([]);
	});

	it('finds nothing to do when nothing needs help', async () => {
		const sandbox = await linkedPair();
		expect(await retryAll(sandbox.ledger)).toEqual({ records: 0, fields: 0 });
	});
});

describe('a record that needs help', () => {
	it('is looked at again when somebody changed it while it was written (its edit would be lost)', async () => {
		const sandbox = await refusedLead();
		sandbox.answerOfDynamics = () => undefined;
		sandbox.savePerson('7', { title: 'Chef de cuisine' });
		const { ref, resolved } = await sandbox.openPage();
		expect(resolved.toDynamics).toHaveLength(2);
		sandbox.saveRow('lead', ADA, { telephone1: '5' });
		expect(await sandbox.write(resolved)).toContainEqual(
			expect.objectContaining({ outcome: 'again' }),
		);
		const row = await sandbox.ledger.db
			.selectFrom('queue')
			.select(['state', 'due_at'])
			.where('subject', '=', `lead:${ADA}`)
			.executeTakeFirstOrThrow();
		expect(row).toEqual({ state: 'help', due_at: sandbox.now });
		await sandbox.finish(ref);
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chef de cuisine');
	});
});
