import type { MappingRow } from '../../../sync/mapping';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

/** A column that Dynamics itself demands, as an organization may have made it. */
const REQUIRED = {
	LogicalName: 'new_accountcode',
	SchemaName: 'new_AccountCode',
	AttributeType: 'String',
	MaxLength: 20,
	RequiredLevel: { Value: 'SystemRequired' },
	DisplayName: { UserLocalizedLabel: { Label: 'Account Code' } },
	IsValidForCreate: true,
	IsValidForRead: true,
	IsValidForUpdate: true,
};

const RULES = smallMapping({
	lead: [
		row('jobtitle>title', { winner: 'dynamics' }),
		row('telephone1>phone', { winner: 'newest' }),
		row('mobilephone>mobilePhone', { winner: 'ask' }),
		row('fax>fax', { empty: 'neverOverwrite' }),
		row('address1_line1>address', { empty: 'onlyFill' }),
		row('address1_line2>microsoftAddress2', { onlyOnCreate: true }),
		row('address1_city>city', { direction: 'toMarketo' }),
		row('address1_country>country', { direction: 'toDynamics' }),
		row('new_accountcode>department'),
	],
});
RULES.contact.ifBothChanged = 'marketo';

const VALUES = {
	mobilephone: '+1 100',
	fax: '+1 200',
	address1_line1: 'Street 1',
	address1_line2: 'Floor 1',
	address1_city: 'Oslo',
	address1_country: 'Norway',
	new_accountcode: 'A-1',
};

describe("rules of one's own for rows of the field mapping", () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({ mapping: RULES });
		await world.dynamics.post('tables', {
			value: [{ LogicalName: 'lead', Attributes: [REQUIRED] }],
		});
	});
	afterEach(async () => void (await world.expectClean()));
	const newLead = async () => await world.pair('lead', VALUES);
	const expectBoth = async (pair: Pair, here: object, there: object) => {
		expect(await world.both(pair)).toMatchObject({ row: here, person: there });
	};

	it('a side wins by the row, or by its table', async () => {
		const [lead, contact] = [await newLead(), await world.pair('contact')];
		for (const pair of [lead, contact]) {
			await world.editRow(pair, { jobtitle: 'Here', firstname: 'Here' });
			await world.editPerson(pair, { title: 'There', firstName: 'There' });
		}
		const { conflicts } = await world.run();
		await expectBoth(
			lead,
			{ jobtitle: 'Here', firstname: 'There' },
			{ title: 'Here', firstName: 'There' },
		);
		await expectBoth(
			contact,
			{ jobtitle: 'There', firstname: 'There' },
			{ title: 'There', firstName: 'There' },
		);
		expect(conflicts.map(({ table, winner, rule }) => [table, winner, rule]).sort()).toEqual([
			['contact', 'marketo', 'Marketo wins'],
			['contact', 'marketo', 'Marketo wins'],
			['lead', 'dynamics', 'Dynamics wins'],
			['lead', 'marketo', "Marketo wins for leads (as in Adobe's sync)"],
		]);
	});

	it('R28: what a rule has kept on a person comes to the row that takes the place of an inactive one', async () => {
		const lead = await newLead();
		await world.editRow(lead, { fax: null });
		await world.run();
		const { email } = (await world.person(lead))!;
		await world.editRow(lead, { statecode: 2 });
		const id = await world.newRow('lead', { ...VALUES, fax: null, emailaddress1: email });
		await world.runs(2);
		await expectBoth({ ...lead, id }, { fax: '+1 200' }, { fax: '+1 200', dynamicsLeadId: id });
	});

	it.each(['here', 'there'])('the newest value wins: %s', async (newest) => {
		const lead = await newLead();
		const edits = [
			async () => await world.editRow(lead, { telephone1: '+1 here' }),
			async () => await world.editPerson(lead, { phone: '+1 there' }),
		];
		for (const edit of newest === 'there' ? edits : edits.reverse()) await edit();
		const { conflicts } = await world.run();
		await expectBoth(lead, { telephone1: `+1 ${newest}` }, { phone: `+1 ${newest}` });
		expect(conflicts).toMatchObject([
			{ rule: 'The newest value wins', dynamicsValue: '+1 here', marketoValue: '+1 there' },
		]);
	});

	it.each([
		[
			'an edit in Dynamics',
			async (lead: Pair) => await world.editRow(lead, { mobilephone: '+1 103' }),
			'+1 103',
			{ winner: 'dynamics', rule: 'Answered by an edit' },
		],
		[
			'an edit in Marketo',
			async (lead: Pair) => await world.editPerson(lead, { mobilePhone: '+1 104' }),
			'+1 104',
			{ winner: 'marketo', rule: 'Answered by an edit' },
		],
		[
			'the same value',
			async (lead: Pair) => await world.editRow(lead, { mobilephone: '+1 102' }),
			'+1 102',
			{ winner: 'nobody yet', rule: 'Both sides are equal again' },
		],
	])(
		'R38: a question leaves both sides as they are, other fields go on, and %s is the answer',
		async (_, answer, value, decided) => {
			const lead = await newLead();
			await world.editRow(lead, { mobilephone: '+1 101', jobtitle: 'Goes on' });
			await world.editPerson(lead, { mobilePhone: '+1 102', firstName: 'Goes' });
			const { conflicts } = await world.run();
			await expectBoth(
				lead,
				{ mobilephone: '+1 101', jobtitle: 'Goes on', firstname: 'Goes' },
				{ mobilePhone: '+1 102', title: 'Goes on', firstName: 'Goes' },
			);
			expect(conflicts).toMatchObject([
				{ winner: 'nobody yet', rule: 'Ask', dynamicsValue: '+1 101', marketoValue: '+1 102' },
			]);
			expect(await world.status()).toMatchObject({ openQuestions: 1 });
			expect((await world.expectClean()).differences).toContainEqual(
				expect.objectContaining({ excuse: 'open question' }),
			);
			expect((await world.runs(2)).flatMap((run) => [...run.writes, ...run.conflicts])).toEqual([]);
			await answer(lead);
			const answered = await world.run();
			await expectBoth(lead, { mobilephone: value }, { mobilePhone: value });
			expect(answered.conflicts).toMatchObject([{ id: conflicts[0]!.id, ...decided }]);
			expect(await world.status()).toMatchObject({ openQuestions: 0 });
			expect((await world.expectClean()).differences).not.toContainEqual(
				expect.objectContaining({ excuse: 'open question' }),
			);
		},
	);

	it('R38: a row that is not Ask any more settles its open questions by itself, by who wins now', async () => {
		const lead = await newLead();
		await world.editRow(lead, { mobilephone: '+1 201' });
		await world.editPerson(lead, { mobilePhone: '+1 202' });
		await world.run();
		expect(await world.status()).toMatchObject({ openQuestions: 1 });
		const before = world.mapping;
		const lives = world.mapping.lead;
		world.mapping = {
			...before,
			lead: {
				...lives,
				rows: lives.rows.map((one) =>
					one.column === 'mobilephone' ? { ...one, winner: 'dynamics' } : one,
				),
			},
		};
		const runs = await world.runs(2);
		await expectBoth(lead, { mobilephone: '+1 201' }, { mobilePhone: '+1 201' });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ winner: 'dynamics', rule: 'Dynamics wins', marketoValue: '+1 202' },
		]);
		expect(await world.status()).toMatchObject({ openQuestions: 0 });
		world.mapping = before;
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('one way: what is edited at the source is carried, what is edited at the target is put back and on record', async () => {
		const lead = await newLead();
		await expectBoth(
			lead,
			{ address1_city: 'Oslo', address1_country: 'Norway' },
			{ city: 'Oslo', country: null },
		);
		await world.editRow(lead, { address1_city: 'Bergen' });
		await world.editPerson(lead, { country: 'Sweden' });
		await world.run();
		const carried = [
			{ address1_city: 'Bergen', address1_country: 'Sweden' },
			{ city: 'Bergen', country: 'Sweden' },
		] as const;
		await expectBoth(lead, ...carried);
		await world.editPerson(lead, { city: 'Wrong' });
		await world.editRow(lead, { address1_country: 'Wrong' });
		const { conflicts } = await world.run();
		await expectBoth(lead, ...carried);
		expect(
			conflicts
				.map(({ rule, dynamicsValue, marketoValue }) => [rule, dynamicsValue, marketoValue])
				.sort(),
		).toEqual([
			['One way: Dynamics to Marketo', 'Bergen', 'Wrong'],
			['One way: Marketo to Dynamics', 'Wrong', 'Sweden'],
		]);
	});

	it('never overwrite with empty', async () => {
		const [here, there] = [await newLead(), await newLead()];
		await world.editRow(here, { fax: null });
		await world.editPerson(there, { fax: '' });
		await world.run();
		await expectBoth(here, { fax: null }, { fax: '+1 200' });
		await expectBoth(there, { fax: '+1 200' }, { fax: null });
		await world.editRow(here, { fax: '+1 201' });
		await world.editPerson(there, { fax: '+1 202' });
		await world.run();
		await expectBoth(here, { fax: '+1 201' }, { fax: '+1 201' });
		await expectBoth(there, { fax: '+1 202' }, { fax: '+1 202' });
	});

	it('only fill what is empty', async () => {
		const lead = await newLead();
		await world.editRow(lead, { address1_line1: 'Street 2' });
		await world.run();
		await expectBoth(lead, { address1_line1: 'Street 2' }, { address: 'Street 1' });
		await world.editPerson(lead, { address: '' });
		await world.run();
		await world.editRow(lead, { address1_line1: 'Street 3' });
		await world.run();
		await expectBoth(lead, { address1_line1: 'Street 3' }, { address: 'Street 3' });
	});

	it('only on create', async () => {
		const lead = await newLead();
		await expectBoth(lead, { address1_line2: 'Floor 1' }, { microsoftAddress2: 'Floor 1' });
		await world.editRow(lead, { address1_line2: 'Floor 2' });
		await world.editPerson(lead, { microsoftAddress2: 'Floor 3' });
		expect((await world.run()).writes).toEqual([]);
		await expectBoth(lead, { address1_line2: 'Floor 2' }, { microsoftAddress2: 'Floor 3' });
	});

	it('R36: what Dynamics requires is not emptied: the field stays behind alone', async () => {
		const lead = await newLead();
		await world.editPerson(lead, { department: '', firstName: 'Arrives' });
		const { help } = await world.run();
		await expectBoth(lead, { new_accountcode: 'A-1', firstname: 'Arrives' }, { department: null });
		expect(help).toMatchObject([
			{
				field: 'new_accountcode',
				reason: 'Account Code must not be empty',
				recordId: lead.id,
				remedy: expect.stringMatching(/\w/) as string,
			},
		]);
		expect((await world.expectClean()).differences).toContainEqual(
			expect.objectContaining({ excuse: 'left behind: Account Code must not be empty' }),
		);
	});
});

describe('a row of the field mapping that is changed later', () => {
	const withJobTitle = (rule: Partial<MappingRow>) =>
		smallMapping({ lead: [row('jobtitle>title', { winner: 'dynamics', ...rule })] });

	it('is compared anew where it changes values in another way now (R50: the two have never agreed by it)', async () => {
		const world = await SyncWorld.start({ mapping: withJobTitle({}) });
		const lead = await world.pair('lead', { jobtitle: 'Clerk', telephone1: '1' });
		world.mapping = withJobTitle({ transform: { letterCase: 'upper' } });
		await world.editRow(lead, { telephone1: '2' });
		const { conflicts } = await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'CLERK', phone: '2' },
		});
		expect(conflicts).toMatchObject([{ winner: 'dynamics', marketoValue: 'Clerk' }]);
		await world.expectClean();
	});

	it('goes on where only its policy is another', async () => {
		const world = await SyncWorld.start({ mapping: withJobTitle({}) });
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		world.mapping = withJobTitle({ winner: 'marketo', empty: 'neverOverwrite' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		expect((await world.run()).conflicts).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
		await world.expectClean();
	});
});
