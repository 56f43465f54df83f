import { keepColumns, keptColumns } from '../../../../sync/ledger/columns';
import { explain } from '../../../../sync/operate/explain';
import { explainEvents } from '../../../../sync/operate/explainEvents';
import { forgetOld } from '../../../../sync/schedule/forgetOld';
import { freeStuckRun } from '../../../../sync/operate/freeStuckRun';
import { CannotDo } from '../../../../sync/cannotDo';
import { ADA, BOB, linkedPair, Sandbox } from './sandbox';

const refusal = (field?: string) => ({
	kind: 'refused' as const,
	refusal: { field, code: 'x', reason: 'Too long', remedy: 'Shorten it' },
});

describe('explain', () => {
	it.each([
		['the GUID of the lead', { id: ADA }],
		['a GUID with braces and capitals', { id: ` {${ADA.toUpperCase()}} `, table: 'lead' as const }],
		['the Marketo ID', { id: '7' }],
		['the ID of a row of the help table', { id: `lead:${ADA}:marketo:title` }],
	])('finds the record by %s', async (_what, reference) => {
		const sandbox = await linkedPair();
		expect(await explain(sandbox.ledger, reference)).toMatchObject({
			table: 'lead',
			dynamicsId: ADA,
			marketoId: '7',
		});
	});

	it.each([
		['no ID at all', { id: 'ada@x.test' }, /is not a record ID/],
		['nothing', { id: '  ' }, /No record was chosen/],
		['a GUID for a person', { id: ADA, table: 'person' as const }, /is a Dynamics ID/],
		[
			'a Marketo ID for a lead',
			{ id: '7', table: 'lead' as const },
			/is the ID of a Marketo person/,
		],
		['an unknown GUID', { id: BOB }, /does not know a lead or contact/],
		['an unknown person', { id: '8' }, /does not know a Marketo person/],
	])('refuses %s and says how to find an ID', async (_what, reference, message) => {
		const sandbox = await linkedPair();
		const refused: unknown = await explain(sandbox.ledger, reference).catch(
			(error: unknown) => error,
		);
		expect(refused).toBeInstanceOf(CannotDo);
		expect((refused as CannotDo).message).toMatch(message);
		expect((refused as CannotDo).remedy).not.toBe('');
	});

	it('says that all is well, and what is known of each field', async () => {
		const sandbox = await linkedPair();
		const told = await explain(sandbox.ledger, { id: '7' });
		expect(told.summary).toMatch(
			/^The lead has been linked with Marketo person 7 since .* Nothing about it is waiting or needs help\.$/,
		);
		expect(told.fields).toContainEqual({
			field: 'Job Title (jobtitle) = Job Title (title)',
			direction: 'Both ways',
			dynamics: 'known',
			marketo: 'known',
			remark: '',
		});
	});

	it('tells what was decided, with both values, who won and why', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		const { history, timeline } = await explain(sandbox.ledger, { id: ADA });
		expect(history[0]).toMatchObject({
			field: 'Job Title (jobtitle)',
			from: 'Marketo',
			to: 'Dynamics',
			dynamicsValue: 'Chief',
			marketoValue: 'Chef',
			winner: 'Marketo',
			rule: "Marketo wins for leads (as in Adobe's sync)",
			outcome: 'written',
		});
		expect(timeline.at(-1)).toMatch(
			/Job Title \(jobtitle\): "Chef" from Marketo to Dynamics, where it was "Chief"/,
		);
	});

	it('shows choices by their labels, not their numbers', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: '2' });
		await sandbox.run();
		const described = [...(await keptColumns(sandbox.ledger.db, 'lead')).values()];
		const options = [{ value: 2, label: 'Warm' }];
		await keepColumns(
			sandbox.ledger,
			'lead',
			described.map((one) => (one.name === 'jobtitle' ? { ...one, options } : one)),
		);
		const { history } = await explain(sandbox.ledger, { id: ADA });
		expect(history[0]).toMatchObject({ dynamicsValue: 'Warm', marketoValue: 'Clerk' });
	});

	it('names no winner where only one side had changed', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		expect((await explain(sandbox.ledger, { id: ADA })).history[0]).toMatchObject({
			winner: '',
			rule: 'Changed in Dynamics',
		});
	});

	it('shows the last 20 verdicts, the newest first; the timeline goes forward', async () => {
		const sandbox = await linkedPair();
		for (let edit = 1; edit <= 23; edit++) {
			sandbox.saveRow('lead', ADA, { jobtitle: `Title ${edit}` });
			await sandbox.run();
		}
		const { history, timeline } = await explain(sandbox.ledger, { id: ADA });
		expect(history.map((entry) => entry.dynamicsValue)).toEqual(
			Array.from({ length: 20 }, (_, index) => `Title ${23 - index}`),
		);
		expect([...timeline].sort()).toEqual(timeline);
	});

	it('shows a new person as one entry', async () => {
		const sandbox = await Sandbox.open();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test', jobtitle: 'Clerk' });
		await sandbox.run();
		const { history } = await explain(sandbox.ledger, { id: BOB });
		expect(history).toEqual([
			expect.objectContaining({
				field: 'New person with 2 fields',
				outcome: 'written',
				to: 'Marketo',
			}),
		]);
	});

	it('tells nothing any more of what was decided more than 30 days ago', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		sandbox.now += 31 * 86_400_000;
		await forgetOld(sandbox.ledger, sandbox.ledger.db);
		const { history, timeline, summary } = await explain(sandbox.ledger, { id: ADA });
		expect(history).toEqual([]);
		expect(timeline.join()).not.toContain('Chief');
		expect(summary).not.toBe('');
	});

	it('explains a field that stays behind', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
		sandbox.saveRow('lead', ADA, { jobtitle: 'A very long title' });
		await sandbox.run();
		const told = await explain(sandbox.ledger, { id: '7' });
		expect(told.heldBack).toEqual([
			{
				field: 'Job Title (title)',
				refusedBy: 'Marketo',
				reason: 'Too long',
				remedy: 'Shorten it',
				since: expect.any(String),
			},
		]);
		expect(told.fields.find(({ field }) => field.startsWith('Job'))!.remark).toBe(
			'Not synced: Too long',
		);
		expect(told.summary).toMatch(/1 field is not synced/);
		expect(told.record).toBe(`Lead Ada Lovelace (${ADA})`);
	});

	it('explains a record that needs help', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = () => refusal();
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		const told = await explain(sandbox.ledger, { id: '7' });
		expect(told.summary).toMatch(
			/It has needed help since 2026-03-02 08:18:00 UTC: Too long\. Shorten it\./,
		);
		expect(told.timeline.at(-1)).toMatch(/Needs help: Too long$/);
	});

	it('explains two people with one e-mail, although nothing is linked yet', async () => {
		const sandbox = await Sandbox.open();
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@x.test' });
		sandbox.savePerson('7', { email: 'ada@x.test' });
		sandbox.savePerson('8', { email: 'ada@x.test' });
		await sandbox.run();
		const told = await explain(sandbox.ledger, { id: ADA });
		expect(told).toMatchObject({ table: 'lead', marketoId: '', fields: [], history: [] });
		expect(told.summary).toMatch(
			/^This lead is not linked yet\. It has needed help .*2 people in Marketo have this e-mail/,
		);
	});

	it('shows an open question and how to answer it', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { telephone1: '1' });
		sandbox.savePerson('7', { phone: '2' });
		await sandbox.run();
		const told = await explain(sandbox.ledger, { id: '7' });
		expect(told.openQuestions).toEqual([
			expect.objectContaining({
				field: 'Business Phone (telephone1) = Phone Number (phone)',
				how: expect.stringMatching(/either system/),
			}),
		]);
		expect(told.summary).toMatch(/1 question is open/);
	});

	it('tells a lead behind a contact from the contact', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('contact', BOB, { emailaddress1: 'ada@x.test' });
		await sandbox.run();
		expect((await explain(sandbox.ledger, { id: ADA })).summary).toMatch(
			new RegExp(`same e-mail as the contact ${BOB}.*this lead is not synced`),
		);
		const contact = await explain(sandbox.ledger, { id: '7' });
		expect(contact.table).toBe('contact');
		expect(contact.summary).toContain(`Lead ${ADA}`);
	});

	it('tells a write that was never made from one that was not answered', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.openPage();
		expect((await explain(sandbox.ledger, { id: ADA })).history[0]!.outcome).toBe(
			'about to be written',
		);
		await freeStuckRun(sandbox.ledger, 'people');
		expect((await explain(sandbox.ledger, { id: ADA })).history[0]!.outcome).toMatch(
			/^not written: its execution ended first/,
		);
		sandbox.answerOfMarketo = () => ({ kind: 'unknown', reason: 'No answer' });
		await sandbox.run();
		const told = await explain(sandbox.ledger, { id: ADA });
		expect(told.history[0]!.outcome).toMatch(/^not answered/);
		expect(told.onTheWay).toEqual([
			expect.objectContaining({
				to: 'Marketo',
				what: 'not answered',
				fields: ['Job Title (title)'],
			}),
		]);
		expect(told.summary).toMatch(/A write was not answered.*/);
	});

	it('tells what became of a write that was not answered, as soon as it was seen (A15)', async () => {
		const outcomeAfter = async (meanwhile: (sandbox: Sandbox) => void) => {
			const sandbox = await linkedPair();
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
			sandbox.answerOfMarketo = () => ({ kind: 'unknown', reason: 'No answer' });
			await sandbox.run();
			sandbox.answerOfMarketo = () => undefined;
			meanwhile(sandbox);
			await sandbox.run();
			const { history } = await explain(sandbox.ledger, { id: ADA });
			return history.find(({ outcome }) => outcome.includes('not answered'))?.outcome;
		};
		const arrives = (sandbox: Sandbox) => sandbox.savePerson('7', { title: 'Chief' });
		expect(await outcomeAfter(arrives)).toMatch(/^written; that was not answered, but seen later/);
		expect(await outcomeAfter(() => {})).toMatch(/^not written: .* did not arrive/);
		const isEdited = (sandbox: Sandbox) => sandbox.savePerson('7', { title: 'By a user' });
		expect(await outcomeAfter(isEdited)).toMatch(/it is unknown/);
	});

	it('does not say that a write of a page that was killed was not made (A15)', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		const { resolved } = await sandbox.openPage();
		const id = (resolved.toMarketo[1] as { plan: string }).plan;
		await sandbox.ledger.db
			.updateTable('plan')
			.set({ state: 'sent', sent_at: sandbox.now, over_at: sandbox.now })
			.where('id', '=', id)
			.execute();
		await freeStuckRun(sandbox.ledger, 'people');
		const { history } = await explain(sandbox.ledger, { id: ADA });
		expect(history[0]!.outcome).toMatch(/^not answered: it is read before/);
	});

	it('does not call empty what was not read (A15)', async () => {
		const sandbox = await linkedPair();
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		const { history, timeline } = await explain(sandbox.ledger, { id: ADA });
		expect(history[0]).toMatchObject({ dynamicsValue: null, marketoValue: 'Chef' });
		expect(timeline.at(-1)).toContain('"Chef" from Marketo to Dynamics, whose value was not read');
		const events = await explainEvents(sandbox.ledger, { id: ADA });
		expect(events.find(({ event }) => event === 'Synced')).toMatchObject({
			newValue: 'Chef',
			oldValue: '(not read)',
		});
	});

	it('uses none of the words that belong to the machinery', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
		sandbox.savePerson('7', { title: 'Chef', phone: '2' });
		sandbox.answerOfDynamics = () => refusal('jobtitle');
		await sandbox.run();
		const told = JSON.stringify(await explain(sandbox.ledger, { id: '7' }));
		expect(told).not.toMatch(/lease|cursor|\bbase\b|in flight|tombstone|parked|journal|commit\b/i);
	});
});
