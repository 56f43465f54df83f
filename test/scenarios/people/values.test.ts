import type { MappingRow } from '../../../sync/mapping';
import type { Raw } from '../../../sync/values';
import { retry } from '../../../sync/operate/retry';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

/** What a user types in Dynamics and what then stands in Marketo; what somebody types there and what comes back. */
type Case = [what: string, mapping: MappingRow, typed: Raw, there: Raw, typedThere: Raw, back: Raw];

const BERLIN = { transform: { zone: 'Europe/Berlin' } };
const VALUES: Case[] = [
	['a text with zeros in front', row('new_code>region'), '00420', '00420', '007', '007'],
	[
		'a text with signs of many kinds',
		row('new_segment>persona'),
		'Žižkov 😀 "&<>',
		'Žižkov 😀 "&<>',
		"O'Neill, \\ %",
		"O'Neill, \\ %",
	],
	[
		'a long text of several lines',
		row('new_longnotes>comments'),
		'é\r\n'.repeat(7_000),
		'é\r\n'.repeat(7_000),
		'x\n'.repeat(14_000),
		'x\n'.repeat(14_000),
	],
	[
		'HTML',
		row('new_notes>meetingNotes'),
		'<p>a &amp; <b>b</b></p>',
		'<p>a &amp; <b>b</b></p>',
		'<br/>',
		'<br/>',
	],
	[
		'an e-mail',
		row('new_secondemail>alternateEmail'),
		'Ada@Example.com',
		'Ada@Example.com',
		'eva@example.com',
		'eva@example.com',
	],
	[
		'a phone number',
		row('new_directphone>directLine'),
		'+49 30 / 12',
		'+49 30 / 12',
		'(030) 1',
		'(030) 1',
	],
	[
		'a web address',
		row('new_linkedin>blog'),
		'https://x.test/A?b=c#d',
		'https://x.test/A?b=c#d',
		'https://y.test/',
		'https://y.test/',
	],
	['a ticker symbol', row('new_ticker>competitor'), 'MSFT', 'MSFT', 'ADBE', 'ADBE'],
	[
		'a whole number below nought',
		row('new_visits>downloads'),
		-2_147_483_647,
		-2_147_483_647,
		2_147_483_647,
		2_147_483_647,
	],
	['a score', row('new_score>behaviorScore'), 12, 12, 0, 0],
	['a duration as text', row('new_duration>salesStage'), 90, '90', '120', 120],
	['a percentage', row('new_probability>discount'), 50, 50, 99, 99],
	['a decimal', row('new_factor>propensity'), 0.1234567891, 0.1234567891, -1.005, -1.005],
	[
		'a floating point number',
		row('new_ratio>satisfactionIndex'),
		0.00001,
		0.00001,
		999.99999,
		999.99999,
	],
	['a number whose column keeps fewer digits', row('new_weight>latitude'), 1.25, 1.25, 1.005, 1.01],
	['money in the digits of its column', row('new_fee>budget'), 12.3456, 12.3456, -0.5, -0.5],
	['money in the digits of its currency', row('new_budget>contractValue'), 1500.5, 1500.5, 20, 20],
	['a yes/no', row('new_vip>champion'), true, true, false, false],
	[
		'a yes/no turned round',
		row('new_gdpr>doNotSell', { transform: { invert: true } }),
		true,
		false,
		true,
		false,
	],
	[
		'a day',
		row('new_firstcontact>anniversary'),
		'2024-02-29',
		'2024-02-29',
		'1753-01-01',
		'1753-01-01',
	],
	[
		'a day that no time zone moves',
		row('new_eventday>contractEnd'),
		'2026-12-24',
		'2026-12-24',
		'2027-01-01',
		'2027-01-01T00:00:00Z',
	],
	[
		'a day that people pick in their own time zone',
		row('new_lastcampaignday>contractStart', BERLIN),
		'2026-10-26T23:00:00Z',
		'2026-10-27',
		'2026-06-24',
		'2026-06-23T22:00:00Z',
	],
	[
		'a moment',
		row('new_lastwebvisit>lastCallAt'),
		'2026-03-31T09:00:00Z',
		'2026-03-31T09:00:00Z',
		'2026-03-31T11:00:00+02:00',
		'2026-03-31T09:00:00Z',
	],
	[
		'a wall clock time',
		row('new_eventstart>demoScheduledAt'),
		'2026-03-31T09:00:00Z',
		'2026-03-31T09:00:00Z',
		'2026-03-31T20:00:00Z',
		'2026-03-31T20:00:00Z',
	],
	[
		'a choice',
		row('new_stage>lifecycleStatus'),
		100_000_002,
		'Marketing Qualified',
		'customer',
		100_000_004,
	],
	[
		'a choice by its number',
		row('new_tier>accountTier', { transform: { choiceBy: 'value' } }),
		1,
		'1',
		'2',
		2,
	],
	[
		'a choice as a whole number',
		row('new_size>seats'),
		100_000_001,
		100_000_001,
		100_000_003,
		100_000_003,
	],
	[
		'several choices',
		row('new_interests>productInterest'),
		'4,1',
		'Webinars; Product news',
		'Events, White papers',
		'2,3',
	],
	[
		'several choices by their numbers',
		row('new_channels>preferredChannel', { transform: { choiceBy: 'value' } }),
		'100000000,100000002',
		'100000000; 100000002',
		'100000001',
		'100000001',
	],
];
/** What a field holds once it was emptied. */
const emptied = (there: Raw): Raw => (typeof there === 'boolean' ? false : null);

describe('a value of every type', () => {
	let world: SyncWorld;
	let lead: Pair;
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({ lead: VALUES.map(([, mapping]) => mapping) }),
		});
		lead = await world.pair('lead');
	});

	const inDynamics = async () => (await world.row(lead))!;
	const inMarketo = async () => (await world.person(lead))!;
	const all = (value: (one: Case) => [string, Raw]) => Object.fromEntries(VALUES.map(value));

	it('reaches Marketo', async () => {
		await world.editRow(
			lead,
			all(([, { column }, typed]) => [column, typed]),
		);
		const { help, notes } = await world.run();
		expect({ help, notes }).toEqual({ help: [], notes: [] });
		expect(await inMarketo()).toMatchObject(all(([, { field }, , there]) => [field, there]));
	});

	it('reaches Dynamics', async () => {
		await world.editPerson(
			lead,
			all(([, { field }, , , typed]) => [field, typed]),
		);
		const { help, conflicts } = await world.run();
		expect({ help, conflicts }).toEqual({ help: [], conflicts: [] });
		expect(await inDynamics()).toMatchObject(all(([, { column }, , , , back]) => [column, back]));
	});

	it('is there in a person that is made for a row', async () => {
		const made = await world.pair(
			'lead',
			all(([, { column }, typed]) => [column, typed]),
		);
		expect(await world.person(made)).toMatchObject(all(([, { field }, , there]) => [field, there]));
	});

	it('is there in a row that is made for a person', async () => {
		const person = await world.newPerson({
			email: 'made@x.test',
			...all(([, { field }, , , typed]) => [field, typed]),
		});
		const [answer] = await world.campaign([{ person }]);
		expect(answer).toMatchObject({ success: true, outcome: 'created' });
		const made = (await world.row({ table: 'lead', id: answer!.dynamicsId }))!;
		expect(made).toMatchObject(all(([, { column }, , , , back]) => [column, back]));
		const { receipts, conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		const mapped = VALUES.flatMap(([, { column, field }]) => [column, field]);
		expect(
			receipts.flatMap(({ fields }) => fields).filter((name) => mapped.includes(name)),
		).toEqual([]);
	});

	it('stands still then', async () => {
		expect((await world.runs(3)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is emptied on both sides', async () => {
		const half = Math.ceil(VALUES.length / 2);
		const none = (some: Case[], side: 'column' | 'field') =>
			Object.fromEntries(some.map(([, mapping]) => [mapping[side], null]));
		await world.editRow(lead, none(VALUES.slice(0, half), 'column'));
		await world.editPerson(lead, none(VALUES.slice(half), 'field'));
		const { help } = await world.run();
		expect(help).toEqual([]);
		const [here, there] = [await inDynamics(), await inMarketo()];
		for (const [what, { column, field }, typed, typedThere] of VALUES) {
			expect([what, there[field] ?? null]).toEqual([what, emptied(typedThere)]);
			if (typeof typed !== 'boolean') expect([what, here[column]]).toEqual([what, null]);
		}
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});
});

describe('a status', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({
				lead: [row('statuscode>leadStatus')],
				contact: [row('statecode>leadStatus')],
			}),
		});
	});

	it('reason brings its status along: Dynamics refuses it in any other', async () => {
		const lead = await world.pair('lead', { statuscode: 2 });
		expect(await world.person(lead)).toMatchObject({ leadStatus: 'Contacted' });
		await world.editPerson(lead, { leadStatus: 'cannot contact' });
		const { help } = await world.run();
		expect(help).toEqual([]);
		expect(await world.row(lead)).toMatchObject({ statecode: 2, statuscode: 5 });
	});

	it('brings its usual reason along', async () => {
		const contact = await world.pair('contact');
		expect(await world.person(contact)).toMatchObject({ leadStatus: 'Active' });
		await world.editPerson(contact, { leadStatus: 'Inactive' });
		const { help } = await world.run();
		expect(help).toEqual([]);
		expect(await world.row(contact)).toMatchObject({ statecode: 1, statuscode: 2 });
	});
});

describe('a choice that is added while the sync is on', () => {
	const HOUR = 3_600_000;
	let world: SyncWorld;
	let lead: Pair;
	const tiers = async (...labels: string[]) => {
		const Options = labels.map((label, index) => ({
			Value: index + 1,
			Label: { UserLocalizedLabel: { Label: label } },
		}));
		const column = {
			LogicalName: 'new_tier',
			SchemaName: 'new_Tier',
			AttributeType: 'Picklist',
			DisplayName: { UserLocalizedLabel: { Label: 'Tier' } },
			OptionSet: { Options },
		};
		await world.dynamics.post('tables', { value: [{ LogicalName: 'lead', Attributes: [column] }] });
	};
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({ lead: [row('new_tier>accountTier'), row('new_channels>persona')] }),
		});
	});
	beforeEach(async () => {
		await tiers('Gold', 'Silver');
		await world.run({ after: 7 * HOUR });
		lead = await world.pair('lead', { new_tier: 1 });
	});

	it('reaches Marketo by its label at once, never by its number', async () => {
		await tiers('Gold', 'Silver', 'Bronze');
		await world.editRow(lead, { new_tier: 3 });
		const { help } = await world.run({ after: HOUR });
		expect(help).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ accountTier: 'Bronze' });
	});

	it('is taken from Marketo as soon as the choices were looked at again', async () => {
		await world.editPerson(lead, { accountTier: 'Bronze', city: 'Umeå' });
		const { help } = await world.run();
		expect(help).toMatchObject(
			[{ field: 'new_tier', reason: 'Tier has no choice "Bronze"', remedy: /Gold, Silver/ }].map(
				(one) => ({ ...one, remedy: expect.stringMatching(one.remedy) as string }),
			),
		);
		expect(await world.row(lead)).toMatchObject({ new_tier: 1, address1_city: 'Umeå' });
		await tiers('Gold', 'Silver', 'Bronze');
		const later = await world.runs(4);
		expect(await world.row(lead)).toMatchObject({ new_tier: 3 });
		expect(later.flatMap((run) => run.help)).toMatchObject([{ status: 'solved' }]);
	});

	it('that nobody ever adds is named once, and looked for no more than now and then', async () => {
		await world.editPerson(lead, { accountTier: 'Lead' });
		const runs = await world.runs(8);
		expect(runs.flatMap(({ help }) => help)).toHaveLength(1);
		const described = runs.flatMap(({ calls }) =>
			calls.dynamics.filter((call) => /\(\d+ GET\)/.test(call)),
		);
		// Once for the row itself: what stands there tells an edit that settles it (R36).
		expect(described.length).toBeLessThanOrEqual(3);
		expect(await world.person(lead)).toMatchObject({ accountTier: 'Lead' });
	});

	it('is taken on Retry, whenever the choices were read last', async () => {
		await world.editPerson(lead, { accountTier: 'Bronze' });
		await world.run();
		await tiers('Gold', 'Silver', 'Bronze');
		await retry(world.ledger, { id: lead.id });
		await world.run({ after: 1_000 });
		expect(await world.row(lead)).toMatchObject({ new_tier: 3 });
	});
});

/** Rows that cannot work, and why. */
const SKIPPED: Array<[mapping: MappingRow, why: RegExp]> = [
	[row('new_vip>department'), /cannot hold what Department/],
	[row('new_computed>region'), /allows nobody to write Computed Rank/],
	[row('new_createonly>territory'), /only when a record is created/],
	[row('new_segment>persona', { transform: { truncate: 5 } }), /Truncate To cannot be undone/],
	[row('new_lastcampaignday>contractStart'), /is a date and time, Contract Start .* a date/],
	[row('new_region>salesRegion'), /Marketo field salesRegion is in 2 rows/],
	[row('new_territory>salesRegion'), /Marketo field salesRegion is in 2 rows/],
	[row('ownerid.name>accountOwnerName'), /lookup ownerid is in 2 rows/],
	[row('ownerid.email>alternateEmail'), /lookup ownerid is in 2 rows/],
	[
		row('address1_city>city', { contradictions: ['If Both Changed', 'Empty Values'] }),
		/special rules of the row contradict each other in If Both Changed and Empty Values/,
	],
	[row('new_gone>shirtSize'), /Dynamics column lead\.new_gone does not exist/],
];

describe('a row of the mapping that cannot work', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		const works = row('new_product>favoriteProduct', {
			direction: 'toMarketo',
			transform: { truncate: 5 },
		});
		world = await SyncWorld.start({
			mapping: smallMapping({ lead: [...SKIPPED.map(([mapping]) => mapping), works] }),
		});
		world.mapping.lead.strayRules = ['fax'];
	});

	it('is skipped and named once, in the page and in the status, and all others go on', async () => {
		const first = await world.run();
		const lead = await world.pair('lead', { new_product: 'Elevator', new_segment: 'Enterprise' });
		await world.editRow(lead, { jobtitle: 'Clerk', new_vip: true, new_region: 'North' });
		const { notes, help, conflicts } = await world.run();
		expect(await world.person(lead)).toMatchObject({
			title: 'Clerk',
			favoriteProduct: 'Eleva',
			persona: null,
			department: null,
			salesRegion: null,
			accountOwnerName: null,
		});
		expect({ help, conflicts }).toEqual({ help: [], conflicts: [] });
		const all = [
			...SKIPPED.map(([{ id }, why]) => [id, why] as const),
			['fax', /in no row/] as const,
		];
		expect(first.help).toEqual(
			all.map(([field, why]) =>
				expect.objectContaining({
					status: 'needs help',
					label: 'Field mapping',
					table: 'lead',
					field,
					reason: expect.stringMatching(why) as string,
					remedy: expect.stringMatching(/\w/) as string,
				}),
			),
		);
		const { notes: told } = await world.status();
		for (const said of [notes.join(' '), told]) {
			for (const [id, why] of all) expect(said).toMatch(new RegExp(`${id}\\..*${why.source}`));
		}
	});

	it('goes on by itself once it can work, and people are told', async () => {
		const lead = await world.pair('lead');
		const { rows } = world.mapping.lead;
		rows.find(({ field }) => field === 'contractStart')!.transform = { zone: 'Europe/Berlin' };
		rows.splice(
			rows.findIndex(({ field }) => field === 'shirtSize'),
			1,
		);
		const { help } = await world.run();
		expect(help).toMatchObject([
			{ status: 'solved', field: 'new_lastcampaignday>contractStart' },
			{ status: 'solved', field: 'new_gone>shirtSize' },
		]);
		await world.editRow(lead, { new_lastcampaignday: '2026-10-26T23:00:00Z' });
		expect((await world.run()).help).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ contractStart: '2026-10-27' });
	});
});
