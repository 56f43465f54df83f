import { explain } from '../../../../sync/operate/explain';
import { forget } from '../../../../sync/operate/forget';
import { CannotDo } from '../../../../sync/cannotDo';
import { ADA, BOB, linkedPair } from './sandbox';

const refusal = (field?: string) => ({
	kind: 'refused' as const,
	refusal: { field, code: 'x', reason: 'Refused', remedy: 'Ask' },
});

describe('forget', () => {
	it('touches neither system', async () => {
		const sandbox = await linkedPair();
		const before = JSON.stringify([[...sandbox.rows], [...sandbox.people]]);
		await forget(sandbox.ledger, { id: ADA });
		expect(JSON.stringify([[...sandbox.rows], [...sandbox.people]])).toBe(before);
	});

	it('keeps no value and nothing that was compared', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		await forget(sandbox.ledger, { id: ADA });
		const { db } = sandbox.ledger;
		const link = await db.selectFrom('link').selectAll().executeTakeFirstOrThrow();
		expect(link).toMatchObject({
			marketo_id: null,
			bases: null,
			version: null,
			email_key: null,
		});
		expect(
			await db.selectFrom('history').select('id').where('shown', 'is not', null).execute(),
		).toEqual([]);
		expect(await db.selectFrom('plan').selectAll().execute()).toEqual([]);
		expect((await explain(sandbox.ledger, { id: ADA })).summary).toMatch(
			/told to forget what this lead is linked with/,
		);
	});

	it('matches the record anew with the next page', async () => {
		const sandbox = await linkedPair();
		await forget(sandbox.ledger, { id: '7' });
		await sandbox.run();
		expect(await explain(sandbox.ledger, { id: ADA })).toMatchObject({
			marketoId: '7',
			summary: expect.stringMatching(/^The lead has been linked with Marketo person 7/),
		});
	});

	it('finds another person where the old one was merged away', async () => {
		const sandbox = await linkedPair();
		sandbox.people.delete('7');
		sandbox.savePerson('8', { email: 'ada@x.test', title: 'Clerk' });
		await forget(sandbox.ledger, { id: ADA });
		await sandbox.run();
		expect(await explain(sandbox.ledger, { id: ADA })).toMatchObject({ marketoId: '8' });
	});

	it('makes an edit since then count as first contact, not as lost', async () => {
		const sandbox = await linkedPair();
		await forget(sandbox.ledger, { id: ADA });
		sandbox.saveRow('lead', ADA, { telephone1: '5' });
		await sandbox.run();
		expect(sandbox.people.get('7')!.phone).toBe('5');
	});

	it('tells people that what needed help of it is solved', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
		sandbox.answerOfDynamics = () => refusal();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		sandbox.savePerson('7', { phone: '9' });
		await sandbox.run();
		await sandbox.run();
		expect([...sandbox.needy].sort()).toEqual([`lead:${ADA}`, `lead:${ADA}:marketo:title`]);
		sandbox.answerOfMarketo = () => undefined;
		sandbox.answerOfDynamics = () => undefined;
		await forget(sandbox.ledger, { id: ADA });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.needy).toEqual([]);
		expect(await explain(sandbox.ledger, { id: ADA })).toMatchObject({ marketoId: '7' });
		expect(await sandbox.ledger.db.selectFrom('queue').selectAll().execute()).toEqual([]);
	});

	it('drops what was decided and not yet written', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const { resolved } = await sandbox.openPage();
		await forget(sandbox.ledger, { id: ADA });
		expect(await sandbox.write(resolved)).toEqual([
			expect.objectContaining({ outcome: 'dropped' }),
		]);
		expect(sandbox.people.get('7')!.title).toBe('Clerk');
	});

	it('refuses while a write is not answered, and says when it can be done', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = () => ({ kind: 'unknown', reason: 'No answer' });
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		const refused: unknown = await forget(sandbox.ledger, { id: ADA }).catch(
			(error: unknown) => error,
		);
		expect(refused).toBeInstanceOf(CannotDo);
		expect((refused as CannotDo).message).toMatch(
			/A write of Lead .* to Marketo has not been answered yet/,
		);
		expect((await explain(sandbox.ledger, { id: ADA })).marketoId).toBe('7');
		sandbox.answerOfMarketo = () => undefined;
		await sandbox.run();
		await sandbox.run();
		await forget(sandbox.ledger, { id: ADA });
	});

	it('matches a lead behind a contact anew, too', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'ada@x.test' });
		await sandbox.run();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		sandbox.people.get('7')![`msContactId`] = null;
		await forget(sandbox.ledger, { id: BOB });
		await sandbox.run();
		await sandbox.run();
		expect(await explain(sandbox.ledger, { id: ADA })).toMatchObject({
			marketoId: '7',
			summary: expect.stringMatching(/^The lead has been linked/),
		});
		expect((await explain(sandbox.ledger, { id: BOB })).marketoId).not.toBe('7');
	});
});
