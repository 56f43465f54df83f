import type { MappingRow } from '../../../sync/mapping';
import type { Raw } from '../../../sync/values';
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
	[
		'a status reason, which brings its status along',
		row('statuscode>leadStatus'),
		2,
		'Contacted',
		'Canceled',
		7,
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

	it('stands still then', async () => {
		expect((await world.runs(3)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is emptied on both sides', async () => {
		const optional = VALUES.filter(([, { column }]) => column !== 'statuscode');
		const half = Math.ceil(optional.length / 2);
		const none = (some: Case[], side: 'column' | 'field') =>
			Object.fromEntries(some.map(([, mapping]) => [mapping[side], null]));
		await world.editRow(lead, none(optional.slice(0, half), 'column'));
		await world.editPerson(lead, none(optional.slice(half), 'field'));
		const { help } = await world.run();
		expect(help).toEqual([]);
		const [here, there] = [await inDynamics(), await inMarketo()];
		for (const [what, { column, field }, typed, typedThere] of optional) {
			expect([what, there[field] ?? null]).toEqual([what, emptied(typedThere)]);
			if (typeof typed !== 'boolean') expect([what, here[column]]).toEqual([what, null]);
		}
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});
});
