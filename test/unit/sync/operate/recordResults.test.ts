import { CALLS_AT_ONCE } from '../../../../sync/page/apply';
import { NotThisPage } from '../../../../sync/schedule/token';
import { freeStuckRun } from '../../../../sync/operate/freeStuckRun';
import { recordResults } from '../../../../sync/operate/recordResults';
import { ADA, BOB, linkedPair } from './sandbox';

/** A page with a write to Marketo, decided and not yet written. */
async function decided() {
	const sandbox = await linkedPair();
	sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
	return { sandbox, ...(await sandbox.openPage()) };
}

describe('recordResults', () => {
	it('gives one row for the lane of the receipts', async () => {
		const { sandbox, resolved } = await decided();
		const receipts = await sandbox.write(resolved);
		const { status, warnings } = await recordResults(sandbox.ledger, receipts);
		expect(status).toEqual([expect.objectContaining({ lane: 'People', toMarketo: 1, notes: '' })]);
		expect(warnings).toEqual([]);
	});

	it('changes nothing and says the same when it runs twice', async () => {
		const { sandbox, resolved } = await decided();
		const receipts = await sandbox.write(resolved);
		const { db } = sandbox.ledger;
		const whole = async () =>
			JSON.stringify([
				await db.selectFrom('link').selectAll().execute(),
				await db.selectFrom('plan').selectAll().execute(),
				await db.selectFrom('history').selectAll().execute(),
				await db.selectFrom('lane').selectAll().execute(),
			]);
		const before = await whole();
		const first = await recordResults(sandbox.ledger, receipts);
		expect(await recordResults(sandbox.ledger, receipts)).toEqual(first);
		expect(await whole()).toBe(before);
	});

	it('counts writes that were refused because their page ended in the middle', async () => {
		const sandbox = await linkedPair();
		const others = Array.from({ length: CALLS_AT_ONCE.marketo }, (_, at) => BOB.slice(0, -1) + at);
		for (const [at, id] of others.entries())
			sandbox.saveRow('lead', id, { emailaddress1: `bob${at}@x.test`, jobtitle: 'Clerk' });
		await sandbox.run();
		for (const id of [ADA, ...others]) sandbox.saveRow('lead', id, { jobtitle: 'Boss' });
		const { resolved } = await sandbox.openPage();
		sandbox.peopleAtOnce = 1;
		sandbox.meanwhile = async () => void (await freeStuckRun(sandbox.ledger, 'people'));
		const receipts = await sandbox.write(resolved);
		const { status, warnings } = await recordResults(sandbox.ledger, receipts);
		expect(warnings).toEqual([expect.stringMatching(/^1 write was refused: .*over/)]);
		expect(status[0]!.notes).toBe(warnings.join(' '));
		// All but one were on their way by then.
		expect([...sandbox.people.values()].filter(({ title }) => title === 'Clerk')).toHaveLength(1);
	});

	it('keeps the results of updates where the page ends before people are made', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
		sandbox.saveRow('lead', BOB, { emailaddress1: 'bob@x.test', jobtitle: 'Clerk' });
		const { resolved } = await sandbox.openPage();
		sandbox.meanwhile = async () => void (await freeStuckRun(sandbox.ledger, 'people'));
		const receipts = await sandbox.write(resolved);
		expect(receipts.map(({ outcome }) => outcome)).toEqual(['unknown', 'dropped']);
		expect([...sandbox.people.values()].map(({ title }) => title)).toEqual(['Boss']);
	});

	it('refuses a page that was over before anything was written (R2)', async () => {
		const { sandbox, resolved } = await decided();
		await freeStuckRun(sandbox.ledger, 'people');
		await expect(sandbox.write(resolved)).rejects.toThrow(NotThisPage);
		expect(sandbox.people.get('7')!.title).toBe('Clerk');
	});

	it('does not take what an update step passed on for results (it throws under "Continue")', async () => {
		const { sandbox, resolved } = await decided();
		const { status, warnings } = await recordResults(sandbox.ledger, resolved.toMarketo);
		expect(warnings).toEqual([expect.stringMatching(/^2 items are not results of a write/)]);
		expect(status[0]!.status).toBe('Running');
	});

	it('says that a preview wrote nothing', async () => {
		const { sandbox, resolved } = await decided();
		const receipts = await sandbox.write({
			...resolved,
			toMarketo: resolved.toMarketo.map((item) => ({ ...item, preview: true })),
		});
		const { warnings } = await recordResults(sandbox.ledger, receipts);
		expect(warnings).toEqual(['Preview: 1 write was shown, nothing was written.']);
	});

	it('refuses receipts of another ledger (R2)', async () => {
		const { sandbox, resolved } = await decided();
		const receipts = await sandbox.write(resolved);
		const foreign = receipts.map((one) => ({ ...one, page: 'people/r/1@other' }));
		await expect(recordResults(sandbox.ledger, foreign)).rejects.toBeInstanceOf(NotThisPage);
	});

	it('shows the status also when nothing came in', async () => {
		const { sandbox } = await decided();
		expect((await recordResults(sandbox.ledger, [{}])).status).toHaveLength(1);
	});
});
