import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../vendors/dynamics';
import { PeopleWorld, type Pair } from './scenario/peopleWorld';

const locator = (value: string) => ({ __rl: true, mode: 'list', value });

interface MappingRow {
	column: { value: string };
	field: { value: string };
}

/** A column that Dynamics itself demands, as an organisation may have made it. */
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

/** Every rule that a person can choose, each on a row of its own; contacts: another default. */
const RULES = [
	{ column: locator('jobtitle'), winner: 'dynamics' },
	{ column: locator('telephone1'), winner: 'newest' },
	{ column: locator('mobilephone'), winner: 'ask' },
	{ column: locator('fax'), emptyValues: 'neverOverwrite' },
	{ column: locator('address1_line1'), emptyValues: 'onlyFill' },
	{ column: locator('address1_line2'), onlyOnCreate: true },
];

describe("rules of one's own for rows of the field mapping", () => {
	let world: PeopleWorld;
	let folder: string;
	/** Leads made in Dynamics under the rules, by what they are for. */
	let leads: Record<string, Pair>;
	let contact: Pair;

	/** Leads that are alike but for their names, and the people that the sync makes of them. */
	const makeLeads = async (...names: string[]) => {
		const made = await Promise.all(
			names.map(async (name) => {
				const id = await world.crm.create('leads', {
					lastname: name,
					emailaddress1: `${name.toLowerCase()}@rules.example`,
					mobilephone: '+1 100',
					fax: '+1 200',
					address1_line1: 'Street 1',
					address1_line2: 'Floor 1',
					address1_city: 'Oslo',
					address1_country: 'Norway',
					new_accountcode: 'A-1',
				});
				return [name, id] as const;
			}),
		);
		await world.sync();
		const pairs = new Map(world.pairs('lead').map((pair) => [pair.id, pair]));
		return Object.fromEntries(made.map(([name, id]) => [name, pairs.get(id)!]));
	};
	const conflictsOf = async ({ id }: Pair) =>
		(await world.tableRows('Sync conflicts', id)).map(({ field, winner, rule, dynamicsValue, marketoValue }) => ({
			field,
			winner,
			rule,
			values: [dynamicsValue, marketoValue],
		}));
	const expectBoth = async (lead: Pair, row: Row, person: Row) => {
		expect(await world.row(lead)).toMatchObject(row);
		expect(await world.person(lead, ...Object.keys(person))).toMatchObject(person);
	};

	beforeAll(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'rules-'));
		const tables = path.join(folder, 'tables.json');
		await writeFile(tables, JSON.stringify({ value: [{ LogicalName: 'lead', Attributes: [REQUIRED] }] }));
		world = await PeopleWorld.start([
			...['--leads', '20', '--contacts', '20', '--people', '10'],
			...['--dynamics-tables', tables],
		]);
		await world.publish();
		const { nodes } = await world.workflow();
		const resolve = nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'))!;
		const parameters = resolve.parameters as unknown as Record<string, { rows: MappingRow[] }>;
		const { rows } = parameters.leadBothWays!;
		const oneWay = (column: string) => rows.filter((row) => row.column.value === column);
		await world.setRules({
			leadBothWays: {
				rows: [
					...rows.filter(({ column }) => !['address1_city', 'address1_country'].includes(column.value)),
					{ column: locator('new_accountcode'), field: locator('department') },
				],
			},
			leadToMarketo: { rows: [...parameters.leadToMarketo!.rows, ...oneWay('address1_city')] },
			leadToDynamics: { rows: oneWay('address1_country') },
			leadSpecialRules: { rules: RULES },
			contactIfBothChanged: 'marketo',
		});
		await world.sync();
		contact = world.pairs('contact').pop()!;
		leads = await makeLeads(
			...['Winner', 'NewerHere', 'NewerThere', 'AskHere', 'AskThere', 'AskEqual', 'Directions'],
			...['EmptyHere', 'EmptyThere', 'Fill', 'Create', 'Required'],
		);
		await world.expectClean();
	});
	afterAll(async () => {
		await world?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	it('let the side win that the row or the table says, or the newest value', async () => {
		const { Winner, NewerHere, NewerThere } = leads as Record<string, Pair>;
		await world.together(
			() => world.editRow(Winner!, { jobtitle: 'Here', salutation: 'Ms.' }),
			() => world.editPerson(Winner!, { title: 'There', salutation: 'Dr.' }),
			() => world.editRow(contact, { jobtitle: 'Here' }),
			() => world.editPerson(contact, { title: 'There' }),
			() => world.editRow(NewerThere!, { telephone1: '+1 1' }),
			() => world.editPerson(NewerHere!, { phone: '+1 2' }),
			// Both systems tell the time of an edit in whole seconds.
			() => sleep(1_050),
			() => world.editPerson(NewerThere!, { phone: '+1 3' }),
			() => world.editRow(NewerHere!, { telephone1: '+1 4' }),
		);
		await expectBoth(Winner!, { jobtitle: 'Here', salutation: 'Dr.' }, { title: 'Here', salutation: 'Dr.' });
		await expectBoth(contact, { jobtitle: 'There' }, { title: 'There' });
		await expectBoth(NewerThere!, { telephone1: '+1 3' }, { phone: '+1 3' });
		await expectBoth(NewerHere!, { telephone1: '+1 4' }, { phone: '+1 4' });
		const decided = await conflictsOf(Winner!);
		expect(decided.map(({ winner, rule }) => [winner, rule]).sort()).toEqual([
			['dynamics', 'Dynamics wins'],
			['marketo', "Marketo wins for leads (as in Adobe's sync)"],
		]);
		const phone = 'Business Phone (telephone1) = Phone Number (phone)';
		const rule = 'The newest value wins';
		expect(await conflictsOf(NewerThere!)).toEqual([
			{ field: phone, winner: 'marketo', rule, values: ['+1 1', '+1 3'] },
		]);
		expect(await conflictsOf(NewerHere!)).toEqual([
			{ field: phone, winner: 'dynamics', rule, values: ['+1 4', '+1 2'] },
		]);
		expect(await conflictsOf(contact)).toContainEqual(
			expect.objectContaining({ winner: 'marketo', rule: 'Marketo wins', values: ['Here', 'There'] }),
		);
		await world.expectClean();
	});

	it('ask: neither side is written, the other fields go on, and a later edit is the answer', async () => {
		const { AskHere, AskThere, AskEqual } = leads as Record<string, Pair>;
		const asked = [AskHere!, AskThere!, AskEqual!];
		await world.together(
			...asked.flatMap((lead) => [
				() => world.editRow(lead, { mobilephone: '+1 101', jobtitle: 'Goes on' }),
				() => world.editPerson(lead, { mobilePhone: '+1 102', middleName: 'Goes' }),
			]),
		);
		for (const lead of asked) {
			await expectBoth(
				lead,
				{ mobilephone: '+1 101', jobtitle: 'Goes on', middlename: 'Goes' },
				{ mobilePhone: '+1 102', title: 'Goes on', middleName: 'Goes' },
			);
			expect(await conflictsOf(lead)).toEqual([
				expect.objectContaining({ winner: 'nobody yet', rule: 'Ask', values: ['+1 101', '+1 102'] }),
			]);
		}
		expect(world.lane.count("conflict where state = 'open'")).toBe(3);
		const open = await world.expectClean();
		expect(open.differences.filter(({ excuse }) => excuse === 'open question')).toHaveLength(3);
		await world.forgetCalls();
		await world.lane.oneRun();
		expect(await world.writeCalls()).toEqual([]);

		await world.together(
			() => world.editRow(AskHere!, { mobilephone: '+1 103' }),
			() => world.editPerson(AskThere!, { mobilePhone: '+1 104' }),
			() => world.editRow(AskEqual!, { mobilephone: '+1 102' }),
		);
		await expectBoth(AskHere!, { mobilephone: '+1 103' }, { mobilePhone: '+1 103' });
		await expectBoth(AskThere!, { mobilephone: '+1 104' }, { mobilePhone: '+1 104' });
		await expectBoth(AskEqual!, { mobilephone: '+1 102' }, { mobilePhone: '+1 102' });
		expect(world.lane.count("conflict where state = 'open'")).toBe(0);
		const rule = 'Answered by an edit';
		expect(await conflictsOf(AskHere!)).toEqual([expect.objectContaining({ winner: 'dynamics', rule })]);
		expect(await conflictsOf(AskThere!)).toEqual([expect.objectContaining({ winner: 'marketo', rule })]);
		expect(await conflictsOf(AskEqual!)).toEqual([
			expect.objectContaining({ winner: 'nobody yet', rule: 'Both sides are equal again' }),
		]);
		const { differences } = await world.expectClean();
		expect(differences.filter(({ excuse }) => excuse === 'open question')).toEqual([]);
	});

	it('one way: an edit at the source is carried, an edit at the target is overwritten and put on record', async () => {
		const { Directions } = leads as Record<string, Pair>;
		// Made by the sync: what goes to Marketo went, what only comes from there did not.
		await expectBoth(
			Directions!,
			{ address1_city: 'Oslo', address1_country: 'Norway' },
			{ city: 'Oslo', country: null },
		);
		await world.together(
			() => world.editRow(Directions!, { address1_city: 'Bergen' }),
			() => world.editPerson(Directions!, { country: 'Sweden' }),
		);
		await expectBoth(
			Directions!,
			{ address1_city: 'Bergen', address1_country: 'Sweden' },
			{ city: 'Bergen', country: 'Sweden' },
		);
		await world.together(
			() => world.editPerson(Directions!, { city: 'Wrong' }),
			() => world.editRow(Directions!, { address1_country: 'Wrong' }),
		);
		await expectBoth(
			Directions!,
			{ address1_city: 'Bergen', address1_country: 'Sweden' },
			{ city: 'Bergen', country: 'Sweden' },
		);
		const overwritten = (await conflictsOf(Directions!)).filter(({ values }) => values.includes('Wrong'));
		expect(overwritten.map(({ winner, rule, values }) => [winner, rule, ...values]).sort()).toEqual([
			['dynamics', 'One way: Dynamics to Marketo', 'Bergen', 'Wrong'],
			['marketo', 'One way: Marketo to Dynamics', 'Wrong', 'Sweden'],
		]);
		await world.expectClean();
	});

	it('never overwrite with empty, only fill empty, only on create', async () => {
		const { EmptyHere, EmptyThere, Fill, Create } = leads as Record<string, Pair>;
		await expectBoth(Create!, { address1_line2: 'Floor 1' }, { microsoftAddress2: 'Floor 1' });
		await world.together(
			() => world.editRow(EmptyHere!, { fax: null }),
			() => world.editPerson(EmptyThere!, { fax: '' }),
			() => world.editRow(Fill!, { address1_line1: 'Street 2' }),
			() => world.editRow(Create!, { address1_line2: 'Floor 2' }),
		);
		await expectBoth(EmptyHere!, { fax: null }, { fax: '+1 200' });
		await expectBoth(EmptyThere!, { fax: '+1 200' }, { fax: null });
		await expectBoth(Fill!, { address1_line1: 'Street 2' }, { address: 'Street 1' });
		await expectBoth(Create!, { address1_line2: 'Floor 2' }, { microsoftAddress2: 'Floor 1' });
		await world.expectClean();

		await world.together(
			() => world.editRow(EmptyHere!, { fax: '+1 201' }),
			() => world.editPerson(EmptyThere!, { fax: '+1 202' }),
			() => world.editPerson(Fill!, { address: '' }),
			() => world.editPerson(Create!, { microsoftAddress2: 'Floor 3' }),
		);
		await expectBoth(EmptyHere!, { fax: '+1 201' }, { fax: '+1 201' });
		await expectBoth(EmptyThere!, { fax: '+1 202' }, { fax: '+1 202' });
		await expectBoth(Fill!, { address1_line1: 'Street 2' }, { address: null });
		await expectBoth(Create!, { address1_line2: 'Floor 2' }, { microsoftAddress2: 'Floor 3' });
		await world.together(() => world.editRow(Fill!, { address1_line1: 'Street 3' }));
		await expectBoth(Fill!, { address1_line1: 'Street 3' }, { address: 'Street 3' });
		await world.expectClean();
	});

	it('what Dynamics requires is not emptied: the field stays behind alone', async () => {
		const { Required } = leads as Record<string, Pair>;
		await expectBoth(Required!, { new_accountcode: 'A-1' }, { department: 'A-1' });
		await world.together(() => world.editPerson(Required!, { department: '', firstName: 'Arrives' }));
		await expectBoth(Required!, { new_accountcode: 'A-1', firstname: 'Arrives' }, { department: null });
		expect(await world.tableRows('Sync needs help', Required!.id)).toEqual([
			expect.objectContaining({
				status: 'needs help',
				recordId: Required!.id,
				field: 'new_accountcode',
				reason: 'Account Code must not be empty',
				remedy: expect.stringMatching(/\w/) as string,
			}),
		]);
		const { differences } = await world.expectClean();
		expect(differences).toContainEqual(
			expect.objectContaining({ excuse: 'left behind: Account Code must not be empty' }),
		);
	});
});
