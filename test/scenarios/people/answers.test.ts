import type { Side } from '../../../sync/items';
import { retryAll } from '../../../sync/operate/retry';
import type { OpenQuestion } from '../../../sync/operate/answer';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const ASKING = smallMapping({
	lead: [
		row('mobilephone>mobilePhone', { winner: 'ask' }),
		row('leadqualitycode>rating', { winner: 'ask' }),
		row('fax>fax', { winner: 'ask', empty: 'onlyFill' }),
	],
});

/** What the operation's list tells of a question, and an answer to it by pressing a button. */
describe('R38: a question is answered by hand', () => {
	let world: SyncWorld;
	beforeAll(async () => void (world = await SyncWorld.start({ mapping: ASKING })));
	afterEach(async () => void (await world.expectClean()));

	/** A lead of which both sides have changed one field, and the question about it. */
	async function asked(
		here: object = { mobilephone: '+1 101' },
		there: object = { mobilePhone: '+1 102' },
	): Promise<{ lead: Pair; question: OpenQuestion; id: string }> {
		const before = {
			mobilephone: '+1 100',
			leadqualitycode: 1,
			fax: '+1 200',
		};
		const lead = await world.pair('lead', before);
		await world.editRow(lead, { ...here });
		await world.editPerson(lead, { ...there });
		const { conflicts } = await world.run();
		const question = (await world.questions()).find(({ dynamicsId }) => dynamicsId === lead.id)!;
		expect(conflicts).toMatchObject([{ winner: 'nobody yet', rule: 'Ask' }]);
		return { lead, question, id: conflicts[0]!.id };
	}
	const phones = async (lead: Pair) => {
		const { row: there, person } = await world.both(lead);
		return [there!.mobilephone, person!.mobilePhone];
	};
	const refusal = async (work: Promise<unknown>) =>
		await work.then(
			() => 'was done',
			(error: Error) => error.message,
		);

	it('is listed with its field and both values', async () => {
		const { question, lead } = await asked();
		expect(question).toMatchObject({
			table: 'lead',
			marketoId: String(lead.person),
			field: 'Mobile Phone (mobilephone) = Mobile Phone Number (mobilePhone)',
			dynamicsValue: '+1 101',
			marketoValue: '+1 102',
		});
		await world.answer(question, 'dynamics');
		await world.run();
	});

	it.each<[Side, string]>([
		['dynamics', '+1 101'],
		['marketo', '+1 102'],
	])(
		'the value of %s stands, with one write, and the conflict says who won',
		async (side, value) => {
			const { lead, question, id } = await asked();
			await world.answer(question, side);
			expect(await phones(lead)).toEqual(['+1 101', '+1 102']);
			const answered = await world.run();
			expect(await phones(lead)).toEqual([value, value]);
			expect(answered.writes).toHaveLength(1);
			expect(answered.conflicts).toMatchObject([
				{ id, winner: side, rule: 'Answered by a person', dynamicsValue: '+1 101' },
			]);
			expect(await world.questions()).toEqual([]);
			expect((await world.runs(2)).flatMap((run) => run.writes)).toEqual([]);
		},
	);

	it.each<Side>(['dynamics', 'marketo'])(
		'another value is written to %s, and the next page carries it over',
		async (to) => {
			const { lead, question } = await asked();
			await world.answer(question, { write: '+1 103', to });
			expect(await phones(lead)).toEqual(
				to === 'dynamics' ? ['+1 103', '+1 102'] : ['+1 101', '+1 103'],
			);
			const { conflicts } = await world.run();
			expect(await phones(lead)).toEqual(['+1 103', '+1 103']);
			expect(conflicts).toMatchObject([{ winner: to, rule: 'Answered by an edit' }]);
			expect(await world.questions()).toEqual([]);
		},
	);

	it('a choice is answered by its label', async () => {
		const { lead, question } = await asked({ leadqualitycode: 2 }, { rating: 'Cold' });
		expect(question).toMatchObject({ dynamicsValue: 'Warm', marketoValue: 'Cold' });
		await world.answer(question, { write: 'Hot', to: 'dynamics' });
		await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { leadqualitycode: 1 },
			person: { rating: 'Hot' },
		});
	});

	it('an answer that names neither system, as an expression may, is refused, and the question stays', async () => {
		const { lead, question } = await asked();
		for (const side of ['Dynamics', ''] as string[] as Side[])
			expect(await refusal(world.answer(question, side))).toBe(`"${side}" is not an answer`);
		const { errors } = await world.run();
		expect(errors).toEqual([]);
		expect(await phones(lead)).toEqual(['+1 101', '+1 102']);
		await world.answer(question, 'marketo');
		await world.run();
		expect(await phones(lead)).toEqual(['+1 102', '+1 102']);
	});

	it('another value that one of the two is, is that one', async () => {
		const { lead, question } = await asked();
		await world.answer(question, { write: ' +1 101 ', to: 'dynamics' });
		await world.run();
		expect(await phones(lead)).toEqual(['+1 101', '+1 101']);
	});

	it('another value that does not fit on both sides is refused in words before anything is written', async () => {
		const { lead, question } = await asked({ leadqualitycode: 2 }, { rating: 'Cold' });
		const from = world.lines.dynamics.calls.length;
		expect(await refusal(world.answer(question, { write: 'Lukewarm', to: 'dynamics' }))).toMatch(
			/Rating has no choice "Lukewarm"/,
		);
		expect(await refusal(world.answer(question, { write: 'Lukewarm', to: 'marketo' }))).toMatch(
			/^Dynamics cannot hold it: Rating has no choice "Lukewarm"/,
		);
		expect(await refusal(world.answer(question, { write: ' ', to: 'marketo' }))).toBe(
			'No value was given',
		);
		expect(world.lines.dynamics.calls.slice(from)).toEqual([]);
		expect(await world.both(lead)).toMatchObject({ row: { leadqualitycode: 2 } });
		await world.answer(question, 'dynamics');
		await world.run();
	});

	it.each<[string, (lead: Pair) => Promise<void>, string[]]>([
		[
			'the other side',
			async (lead) => await world.editPerson(lead, { mobilePhone: '+1 104' }),
			['+1 101', '+1 104'],
		],
		[
			'the side that was to stay',
			async (lead) => await world.editRow(lead, { mobilephone: '+1 105' }),
			['+1 105', '+1 102'],
		],
		[
			'both',
			async (lead) => {
				await world.editRow(lead, { mobilephone: '+1 105' });
				await world.editPerson(lead, { mobilePhone: '+1 104' });
			},
			['+1 105', '+1 104'],
		],
	])(
		'where %s changes before the next page it is asked again, with the new values',
		async (_, edit, values) => {
			const { lead, question, id } = await asked();
			await world.answer(question, 'dynamics');
			await edit(lead);
			const { conflicts } = await world.run();
			expect(await phones(lead)).toEqual(values);
			expect(conflicts).toMatchObject([
				{
					id,
					winner: 'nobody yet',
					rule: 'Asked again: a value has changed since the answer',
					dynamicsValue: values[0],
					marketoValue: values[1],
				},
			]);
			expect(await refusal(world.answer(question, 'dynamics'))).toMatch(/asked again with other/);
			const [again] = await world.questions();
			expect(again).toMatchObject({ dynamicsValue: values[0], marketoValue: values[1] });
			await world.answer(again!, 'marketo');
			await world.run();
			expect(await phones(lead)).toEqual([values[1], values[1]]);
		},
	);

	it('another value is not written over what has changed since; it is asked again', async () => {
		const { lead, question } = await asked();
		await world.editRow(lead, { mobilephone: '+1 105' });
		await world.editPerson(lead, { mobilePhone: '+1 104' });
		expect(await refusal(world.answer(question, { write: '+1 103', to: 'marketo' }))).toMatch(
			/^Mobile Phone Number \(mobilePhone\) has changed in Marketo since the question was asked/,
		);
		expect(await phones(lead)).toEqual(['+1 105', '+1 104']);
		await world.run();
		const [again] = await world.questions();
		expect(again).toMatchObject({ dynamicsValue: '+1 105', marketoValue: '+1 104' });
		await world.answer(again!, 'dynamics');
		await world.run();
	});

	it('a row that somebody saves in this very moment is left alone', async () => {
		const { lead, question } = await asked();
		world.bend('dynamics', 'PATCH', async (request, send) => {
			await world.editRow(lead, { mobilephone: '+1 106' });
			return await send(request);
		});
		expect(await refusal(world.answer(question, { write: '+1 103', to: 'dynamics' }))).toBe(
			'Somebody changed the record at this moment',
		);
		expect(await phones(lead)).toEqual(['+1 106', '+1 102']);
		await world.run();
		expect(await phones(lead)).toEqual(['+1 106', '+1 106']);
	});

	it('answered twice, the last answer before the page counts; after it there is no question', async () => {
		const { lead, question } = await asked();
		await world.answer(question, 'dynamics');
		await world.answer(question, 'marketo');
		await world.run();
		expect(await phones(lead)).toEqual(['+1 102', '+1 102']);
		expect(await refusal(world.answer(question, 'dynamics'))).toBe(
			'This question is no longer open',
		);
	});

	it('another value takes back the answer of before', async () => {
		const { lead, question } = await asked();
		await world.answer(question, 'dynamics');
		await world.answer(question, { write: '+1 103', to: 'marketo' });
		await world.run();
		expect(await phones(lead)).toEqual(['+1 103', '+1 103']);
	});

	it('whoever answers for a record is not overruled by the rule for empty values', async () => {
		const { lead, question } = await asked({ fax: '+1 201' }, { fax: '+1 202' });
		await world.answer(question, 'marketo');
		await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { fax: '+1 202' },
			person: { fax: '+1 202' },
		});
	});

	it('an answer whose write is refused stays, and counts once it is tried again', async () => {
		const { lead, question, id } = await asked();
		await world.answer(question, 'marketo');
		const refused = { status: 400, code: '0x80040265', message: 'Not today' };
		await world.dynamics.fail({ match: { method: 'PATCH', id: lead.id }, times: 1, ...refused });
		await world.run();
		expect(await phones(lead)).toEqual(['+1 101', '+1 102']);
		expect(await world.help()).toMatchObject([{ subject: `lead:${lead.id}` }]);
		await retryAll(world.ledger);
		const { conflicts } = await world.run();
		expect(await phones(lead)).toEqual(['+1 102', '+1 102']);
		expect(conflicts).toMatchObject([{ id, winner: 'marketo', rule: 'Answered by a person' }]);
	});

	it('an answer outlives n8n, which is killed before its write', async () => {
		const { lead, question } = await asked();
		await world.answer(question, 'dynamics');
		world.bend('marketo', 'POST leads.json', async () => await world.killN8n());
		await world.run();
		expect(await phones(lead)).toEqual(['+1 101', '+1 102']);
		await world.runs(2);
		expect(await phones(lead)).toEqual(['+1 101', '+1 101']);
	});
});
