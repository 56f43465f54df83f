import type { MappingRow, PeopleMapping, Winner } from '../../sync/mapping';
import type { Raw } from '../../sync/values';
import type { Ask } from './campaigns';
import type { History, Step } from './history';
import type { Befalls } from './otherLanes';
import type { Trouble } from './trouble';
import { OWN_MAILBOX } from './world/fields';
import type { LaneName } from './world/lanes';
import type { Remap } from './world/remap';
import type { Habits } from './world/world';

const ROWS: Record<string, MappingRow> = {
	email: { id: 'emailaddress1>email', column: 'emailaddress1', field: 'email', direction: 'both' },
	title: { id: 'jobtitle>title', column: 'jobtitle', field: 'title', direction: 'both' },
	phone: { id: 'telephone1>phone', column: 'telephone1', field: 'phone', direction: 'both' },
	optOut: {
		id: 'donotbulkemail>unsubscribed',
		column: 'donotbulkemail',
		field: 'unsubscribed',
		direction: 'both',
	},
	comments: {
		id: 'description>comments',
		column: 'description',
		field: 'comments',
		direction: 'both',
	},
};

/** E-mail and one more row are mapped: field 1 of an edit. Row records come before people. */
function habits(
	field: keyof typeof ROWS,
	change: Partial<Habits> = {},
	winner: Winner = 'native',
): Habits {
	const table = {
		rows: [ROWS.email!, ROWS[field]!],
		ifBothChanged: winner,
		emptyValues: 'copy' as const,
	};
	return {
		mapping: { lead: table, contact: table },
		dynamics: { phonePlugIn: false, lateToken: false, pageRows: 1000 },
		marketo: {
			skew: 0,
			lateness: 0,
			capitals: false,
			pagePeople: 1000,
			createOnlyLooksAtIds: false,
		},
		hostSkew: 0,
		batch: 300,
		pause: 0,
		refuses: null,
		...change,
	};
}

/** With whatever is deleted in one system the other record goes as well. */
function deleting({ mapping: { lead, contact }, ...rest }: Habits): Habits {
	const follows = { whenRowDeleted: 'delete', whenPersonDeleted: 'delete' } as const;
	return {
		...rest,
		mapping: { lead: { ...lead, ...follows }, contact: { ...contact, ...follows } },
	};
}

/** As `habits`, with two rows beside the e-mail. */
function two(
	one: keyof typeof ROWS,
	other: keyof typeof ROWS,
	change: Partial<Habits> = {},
): Habits {
	const table = {
		rows: [ROWS.email!, ROWS[one]!, ROWS[other]!],
		ifBothChanged: 'native' as const,
		emptyValues: 'copy' as const,
	};
	return { ...habits(one, change), mapping: { lead: table, contact: table } };
}

/** As `habits`: whoever's title is not "No" gets a lead unasked. Of a deleted one the person is unlinked. */
function unasked(): Habits {
	const { mapping, ...rest } = habits('title');
	const lead = {
		...mapping.lead,
		createdFrom: {
			conditions: [{ column: 'title', operator: 'ne' as const, value: 'No' }],
			match: 'all' as const,
		},
		whenRowDeleted: 'unlink' as const,
	};
	return { ...rest, mapping: { ...mapping, lead } };
}

/** As `habits`: of a lead that is deleted the person is unlinked. */
function unlinkingLeads(): Habits {
	const { mapping, ...rest } = habits('title');
	const lead = { ...mapping.lead, whenRowDeleted: 'unlink' as const };
	return { ...rest, mapping: { ...mapping, lead } };
}

/** Entries of Marketo's log are up to fourteen minutes late, and among many others. */
function lateAndFull(): Habits {
	const all = habits('title', {
		marketo: { ...habits('title').marketo, lateness: 840_000, strangers: 500 },
	});
	const rows: MappingRow[] = [
		ROWS.email!,
		{ ...ROWS.title!, winner: 'newest' },
		{
			id: 'numberofemployees>employees',
			column: 'numberofemployees',
			field: 'employees',
			direction: 'toMarketo',
		},
		ROWS.phone!,
		{ id: 'nickname>alias', column: 'nickname', field: 'alias', direction: 'both' },
	];
	const table = { ...all.mapping.lead, rows, ifBothChanged: 'marketo' as const };
	return { ...all, mapping: { lead: table, contact: table } };
}

/** As `habits`, where people type the IDs of people. */
const byHand = (): Habits => {
	const all = habits('title');
	return { ...all, marketo: { ...all.marketo, numbered: true } };
};

/** As `habits`, with a row that goes one way. */
function oneWay(direction: 'toMarketo' | 'toDynamics', field: keyof typeof ROWS): Habits {
	const all = habits(field);
	const { rows, ...rest } = all.mapping.lead;
	const table = { ...rest, rows: [rows[0]!, { ...rows[1]!, direction }] };
	return { ...all, mapping: { lead: table, contact: table } };
}
const toMarketoAlone = (field: keyof typeof ROWS) => oneWay('toMarketo', field);

/** As `habits`, with a whole number. */
const withNumber = () => withRow('numberofemployees', 'employees');

function withRow(column: string, field: string): Habits {
	const all = habits('title');
	const { rows, ...rest } = all.mapping.lead;
	const row: MappingRow = { id: `${column}>${field}`, column, field, direction: 'both' };
	const table = { ...rest, rows: [...rows, row] };
	return { ...all, mapping: { lead: table, contact: table } };
}

/** As `habits`, with a choice that is a text in Marketo. */
const withIndustry = () => withRow('industrycode', 'industry');
/** As `habits`, with a decimal that is a text in Marketo. */
const withRevenue = () => withRow('revenue', 'annualRevenue');

/** An empty value never replaces another. */
function neverEmpty(all: Habits): Habits {
	const table = { ...all.mapping.lead, emptyValues: 'neverOverwrite' as const };
	return { ...all, mapping: { lead: table, contact: table } };
}

/** Nothing that stands anywhere is replaced. */
function onlyFill({ lead }: PeopleMapping): PeopleMapping {
	const table = { ...lead, emptyValues: 'onlyFill' as const };
	return { lead: table, contact: table };
}

const A = 3;
const B = 4;
const NO = 5;
const NOTHING = 1;
const [ROW, PERSON] = [0, 1];
const cycle = (...troubles: Array<Partial<Trouble> & Pick<Trouble, 'kind'>>): Step => ({
	do: 'cycle',
	troubles: troubles.map((one) => ({ page: 0, at: 1, a: 0, b: 0, c: 0, ...one })),
});
const edit = (which: number, choice: number, field = 1): Step => ({
	do: 'edit',
	which,
	field,
	choice,
});
/** A row and its person; their titles, phones and comments are the given choices. */
const pair = (table: 'lead' | 'contact', row = B, person = B, mailbox = 0): Step => ({
	do: 'both',
	table,
	row: [mailbox, row, 1, 1, row, row],
	person: [mailbox, person, 1, 1, person, person],
});
/** A person alone: title, phone and comments are the given choice. */
const person = (mailbox: number, choice = A): Step => ({
	do: 'person',
	choices: [mailbox, choice, 1, 1, choice, choice],
});
/** A campaign asks for the newest people. */
const ask = (
	people: number[],
	troubles: Array<Partial<Trouble> & Pick<Trouble, 'kind'>> = [],
	how: Partial<Ask> = {},
): Step => ({
	do: 'ask',
	people,
	as: 'lead',
	calls: 1,
	executions: 1,
	beside: false,
	...how,
	troubles: troubles.map((one) => ({ page: 0, at: 1, a: 0, b: 0, c: 0, ...one })),
});
const remap = (how: Remap['how'], row = 0): Step => ({ do: 'remap', pair: row, how });
const filter = (which: number): Step => ({ do: 'filter', which });
const serve: Step = { do: 'serve' };
const pass = (seconds: number): Step => ({ do: 'pass', seconds });

/** The update nodes go to the ledger three times to see that the page is not over (lane, key, page), then on to the claim. */
const ON_TO_CLAIM = 4;
const beforeClaim = 'update Marketo: ledger';
const claimed = 'ledger claimed';
/** People asked for at once. */
const makes = 'at once: dynamics.create';
const toLedger = 'at once: ledger done';
/** Has looked for links, and is about to claim the people: what it works with comes from four look-ups before. */
const unclaimed = { gate: toLedger, at: 5 };
/** Has claimed the e-mails. */
const claimedMailbox = { gate: toLedger, after: 'at once: marketo.readBy answered', at: 1 };
/** Decided, and about to make the row. */
const decided = { gate: toLedger, after: 'at once: dynamics.readByMailbox answered', at: 1 };
const found = 'at once: dynamics.readByMailbox answered';
const NO_MAILBOX = 5;
const onItsWay = 'update Marketo: marketo.update';
const answered = 'update Marketo: marketo.update answered';

/** Histories that chance hardly ever finds. */
export const DIRECTED: Record<string, History> = {
	'R59: one person comes to meet the conditions, another one is edited and does not': {
		seed: 1,
		habits: unasked(),
		steps: [
			cycle(),
			person(0, NO),
			person(1, NO),
			cycle(),
			edit(0, A),
			{ do: 'edit', which: 1, field: 0, choice: 2 },
			cycle(),
		],
	},
	'R59: a row that was made unasked is deleted, and its person is edited': {
		seed: 1,
		habits: unasked(),
		steps: [
			cycle(),
			person(0),
			cycle(),
			cycle(),
			{ do: 'remove', which: ROW },
			cycle(),
			edit(0, B),
			cycle(),
		],
	},
	'R59: n8n ends before a row is made unasked': {
		seed: 1,
		habits: unasked(),
		steps: [
			cycle(),
			person(0),
			cycle({ kind: 'crashProcess', gate: 'update Dynamics: dynamics.readByMailbox' }),
		],
	},
	'R28: a lead is qualified into a contact that has a person': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'qualify', which: 0, into: 1 },
			cycle(),
			edit(1, NO),
			cycle(),
		],
	},
	'R29: a lead is qualified into a contact that has a person, whom somebody deletes': {
		seed: 1,
		habits: habits('title', { whenMerged: 'merge' }),
		steps: [
			pair('lead', A, A),
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'qualify', which: 0, into: 1 },
			cycle(),
			{ do: 'remove', which: 2 },
			cycle(),
		],
	},
	'R28: a lead is qualified into a new contact while its person is edited': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			cycle(),
			edit(PERSON, B),
			{ do: 'qualify', which: 0, into: 3 },
			cycle(),
			edit(1, NO),
			cycle(),
		],
	},
	'R28: a lead is met when it is qualified, and somebody has its e-mail whom nobody wants': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
			person(0),
			{ do: 'qualify', which: 0, into: 5 + 1 },
			cycle(),
		],
	},
	'R28: a lead is qualified while the filter leaves it out, and its person is another row’s': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('lead', A, A),
			cycle(),
			filter(0),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, A, A] },
			cycle(),
			{ do: 'row', table: 'contact', choices: [1, B, 1, 1, B, B] },
			{ do: 'qualify', which: 0, into: 1 },
			edit(3, NO),
			cycle(),
		],
	},
	'R27: a row is unlinked, both sides are edited, and the two are linked by hand': {
		seed: 1,
		habits: byHand(),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'unlink', which: 0 },
			edit(ROW, B),
			edit(PERSON, NO),
			cycle(),
			{ do: 'linkByHand', which: 0, whom: 0 },
			cycle(),
		],
	},
	'R27: a row is unlinked, and saved': {
		seed: 1,
		habits: byHand(),
		steps: [pair('lead', A, A), cycle(), { do: 'unlink', which: 0 }, edit(ROW, B), cycle()],
	},
	'R27: the contact of a qualified lead is unlinked, and the lead saved': {
		seed: 1,
		habits: byHand(),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'qualify', which: 0, into: 3 },
			cycle(),
			{ do: 'unlink', which: 1 },
			edit(ROW, B),
			cycle(),
			edit(1, NO),
			cycle(),
			// Both come in one page.
			{ do: 'expire' },
			cycle(),
			cycle(),
		],
	},
	'R44: the sync is given to a copy of Dynamics, and both sides are edited': {
		seed: 1,
		habits: byHand(),
		steps: [
			pair('lead', A, A),
			pair('contact', B, B, 1),
			cycle(),
			edit(0, NO),
			edit(3, A),
			{ do: 'rePoint', isOther: true },
			cycle(),
			cycle(),
		],
	},
	'R54: a lead is left out and takes part again, edited on both sides meanwhile': {
		seed: 1,
		habits: two('title', 'phone', { filtered: true }),
		steps: [
			pair('lead'),
			cycle(),
			pass(1000),
			cycle(),
			filter(0),
			cycle(),
			edit(ROW, A, 1),
			edit(PERSON, A, 2),
			cycle(),
			filter(0),
			cycle(),
		],
	},
	'R54: a contact is left out behind which a lead stands, and takes part again': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('contact'),
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
			cycle(),
			filter(0),
			cycle(),
			edit(1, NO),
			cycle(),
			filter(0),
			cycle(),
		],
	},
	'R54: a lead is emptied while it is left out, and takes part again': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [pair('lead'), cycle(), filter(0), cycle(), edit(ROW, NOTHING), filter(0), cycle()],
	},
	'R54: a contact is left out behind which a lead of another e-mail stands, as after a merge': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('contact'),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'merge', which: 1, into: 0 },
			cycle(),
			filter(0),
			cycle(),
		],
	},
	'R54: a lead is left out while a write to its person has no answer': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'lost', gate: onItsWay, b: 1 }),
			filter(0),
			cycle(),
			edit(PERSON, NO),
			filter(0),
			cycle(),
		],
	},
	'R54: a lead is left out while its person is being made': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
			cycle({ kind: 'lost', gate: 'update Marketo: marketo.create', b: 1 }),
			filter(0),
			cycle(),
			filter(0),
			cycle(),
		],
	},
	'R54: the person of a lead that is left out is deleted, or merged': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('lead'),
			pair('contact', B, B, 1),
			person(3),
			cycle(),
			filter(0),
			filter(1),
			cycle(),
			{ do: 'remove', which: 2 },
			{ do: 'merge', which: 0, into: 0 },
			cycle(),
			filter(0),
			filter(1),
			cycle(),
		],
	},
	'R54: a row is restored and left out while a campaign asks for its person': {
		seed: 1,
		habits: habits('title', { filtered: true }),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
			ask([-1], [], { as: 'contact' }),
			filter(0),
			cycle(),
		],
	},
	'R30: a row is out of sight for a while, and both sides are edited': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('contact'),
			cycle(),
			{ do: 'hide', which: 0, asDelete: false },
			edit(ROW, A, 1),
			edit(PERSON, A, 2),
			cycle(),
			cycle(),
		],
	},
	'R30: a row is out of sight, and its person is looked at meanwhile': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('contact', A, A),
			cycle(),
			{ do: 'hide', which: 0, asDelete: false },
			edit(ROW, B, 2),
			edit(PERSON, B, 1),
			cycle(),
			edit(PERSON, NO, 1),
			edit(PERSON, A, 1),
			cycle(),
		],
	},
	'R30: change tracking calls a row deleted that is out of sight': {
		seed: 1,
		habits: habits('title'),
		steps: [pair('lead'), cycle(), { do: 'hide', which: 0, asDelete: true }, cycle()],
	},
	'R47: a column is closed, and another one is edited': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('contact', A, A),
			cycle(),
			{ do: 'close', field: 0 },
			edit(ROW, B, 2),
			cycle(),
			{ do: 'open' },
		],
	},
	'R47: a column is closed right after it was written to Marketo, and both sides of it are edited':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('contact', A, B),
				cycle(),
				edit(ROW, NO),
				edit(PERSON, B),
				{ do: 'close', field: 0 },
				cycle(),
			],
		},
	'R47: a column is closed, and both sides of it are edited, of two pairs': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A, 0),
			pair('contact', A, A, 1),
			cycle(),
			{ do: 'close', field: 0 },
			edit(0, B),
			edit(3, B),
			cycle(),
			cycle(),
			{ do: 'open' },
		],
	},
	'R50: a row is gone from the mapping before the log has told what was written, and a user empties the field':
		{
			seed: 1,
			habits: two('title', 'phone'),
			steps: [
				pair('contact', A, B),
				cycle(),
				remap('away'),
				edit(PERSON, NOTHING, 1),
				cycle(),
				remap('away'),
				cycle(),
			],
		},
	'R50: a row is gone from the mapping before the log has told what was written, and back when nobody reads any more that a user has emptied the field':
		{
			seed: 1,
			habits: two('title', 'phone'),
			steps: [
				pair('contact', A, B),
				cycle(),
				remap('away'),
				edit(PERSON, NOTHING, 1),
				cycle(),
				pass(2000),
				cycle(),
				cycle(),
				remap('away'),
				cycle(),
			],
		},
	'R47: a column is closed while a question about it is open': {
		seed: 1,
		habits: habits('title', {}, 'ask'),
		steps: [
			pair('contact', B, A),
			cycle(),
			{ do: 'close', field: 0 },
			edit(ROW, 2, 0),
			cycle(),
			{ do: 'open' },
		],
	},
	'R47: a column is closed of which nobody knows what it held before a write without an answer': {
		seed: 1,
		habits: habits('phone', { dynamics: { phonePlugIn: true, lateToken: false, pageRows: 1000 } }),
		steps: [
			pair('contact', A, A),
			cycle(),
			edit(PERSON, 5),
			cycle({ kind: 'crash', gate: 'update Dynamics: dynamics.update answered' }),
			pass(300),
			cycle({ kind: 'again', gate: 'update Marketo: marketo.update' }),
			{ do: 'close', field: 3 },
			pass(400),
			cycle(),
			cycle(),
			{ do: 'open' },
		],
	},
	'R38: a question is decided by another mapping, and what it says is turned away again and again':
		{
			seed: 1,
			habits: habits('title', { neverNow: 'marketo' }, 'ask'),
			steps: [pair('lead', NO, A), cycle(), remap('direction'), cycle()],
		},
	'R38: a user answers a question by putting the old value back': {
		seed: 1,
		habits: habits('title', {}, 'ask'),
		steps: [pair('lead'), cycle(), edit(PERSON, A), edit(ROW, NO), cycle(), edit(PERSON, B)],
	},
	'R50: a row that was removed is back while a user edits another field of the record': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('lead'),
			cycle(),
			remap('away'),
			cycle(),
			edit(PERSON, NO),
			cycle(),
			remap('away'),
			edit(ROW, B, 2),
			cycle(),
		],
	},
	'R50: a row is written on create alone for a while, and both sides are edited': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			remap('onCreate'),
			edit(PERSON, NO),
			edit(ROW, A),
			cycle(),
			remap('onCreate'),
			cycle(),
		],
	},
	'R41: the mapping loses a row while a page is held up that decides by it': {
		seed: 1,
		habits: habits('phone'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, 0, 1, 1, 5] },
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, 0, 1, 1, 6] },
			cycle({ kind: 'stallProcess', gate: 'resolve: ledger' }),
			remap('away', 3),
		],
	},
	'R41: two rows change fields while a page is held up that empties one of them': {
		seed: 1,
		habits: two('title', 'comments'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, NOTHING, 1, 1, 1, A] },
			cycle(),
			edit(PERSON, NOTHING, 2),
			cycle({ kind: 'stallProcess', gate: 'resolve: ledger' }),
			remap('swap'),
		],
	},
	'R50: the rule for empty values is loosened, and a row is edited before anybody is filled': {
		seed: 1,
		habits: habits('title'),
		steps: [
			remap('empty'),
			pair('contact', A, B),
			cycle(),
			remap('empty'),
			edit(ROW, NOTHING),
			cycle(),
		],
	},
	'R50: the rule for empty values is loosened, and a person is edited before anybody is filled': {
		seed: 1,
		habits: habits('title'),
		steps: [
			remap('empty'),
			pair('contact', A, B),
			cycle(),
			remap('empty'),
			edit(PERSON, NO),
			cycle(),
		],
	},
	'R50: a row goes one way and its rule for empty values is loosened, and it is edited before anybody is filled':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				remap('empty'),
				pair('lead', A, B),
				cycle(),
				remap('empty'),
				remap('direction'),
				edit(ROW, NO),
				cycle(),
			],
		},
	'R33: a field that is new to the mapping is edited while the row comes with the columns of before':
		{
			seed: 1,
			habits: { ...habits('title'), dynamics: { ...habits('title').dynamics, pageRows: 1 } },
			steps: [
				pair('lead', A, A),
				pair('lead', B, B, 1),
				cycle(),
				edit(2, NO),
				remap('away', 2),
				cycle({ kind: 'crashProcess', page: 2, at: 20 }),
				edit(2, 0, 2),
				cycle(),
			],
		},
	'R50: two rows change fields, one of which a user has emptied': {
		seed: 1,
		habits: two('title', 'comments'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, NO, 1, 1, 1, A] },
			cycle(),
			remap('swap'),
			edit(PERSON, NOTHING, 2),
			edit(ROW, NO, 2),
			cycle(),
		],
	},
	'R50: two rows change fields whose values are the same, and a user empties one of these': {
		seed: 1,
		habits: two('title', 'comments'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, A] },
			cycle(),
			edit(PERSON, NOTHING),
			remap('swap'),
			cycle(),
		],
	},
	'R50: two rows change fields, and the execution that fills them dies': {
		seed: 1,
		habits: two('title', 'comments'),
		steps: [
			pair('lead', A, A),
			pair('contact', B, B, 1),
			cycle(),
			edit(0, NO, 2),
			cycle(),
			remap('swap'),
			cycle({ kind: 'crash', page: 1, at: 30 }),
			remap('swap'),
			cycle({ kind: 'crashProcess', page: 1, at: 12 }),
			edit(1, NO),
		],
	},
	'R15: a write is lost, and the log is read in pieces before its source is read again': {
		seed: 1,
		habits: habits('title', { marketo: { ...habits('title').marketo, pagePeople: 2 } }),
		steps: [
			pair('lead', A, NOTHING),
			{ do: 'row', table: 'contact', choices: [NO_MAILBOX, A, 1, 1, 1, 1] },
			person(3),
			cycle(
				{ kind: 'edit', gate: 'get Marketo: ledger done', a: 1, b: 0, c: 0 },
				{ page: 1, kind: 'lost', gate: onItsWay, a: 1, b: 1 },
			),
		],
	},
	'R21: another row takes the e-mail of a person whose create has no answer yet': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', B, B, 2),
			{ do: 'row', table: 'lead', choices: [2, 7, 1, 1, 1, 1] },
			cycle(),
			edit(ROW, 3, 0),
			cycle(
				{ kind: 'edit', gate: 'get Marketo: marketo.readChanges', a: 1, b: 0, c: 3 },
				{ kind: 'lost', gate: 'update Marketo: marketo.create' },
			),
		],
	},
	'R32: rows that need help are deleted while the feed has lost its place': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			pair('lead'),
			cycle(),
			{ do: 'expire' },
			{ do: 'remove', which: 0 },
			{ do: 'remove', which: 0 },
		],
	},
	'R8: a process is held up between claim and call, and goes on when others have moved on': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'stallProcess', gate: `update Marketo: ${claimed}` }),
			edit(PERSON, NO),
			pass(300),
			cycle(),
			pass(300),
			cycle(),
			{ do: 'wake' },
			cycle(),
		],
	},
	'R8: a process is held up between claim and call to Dynamics': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'stallProcess', gate: `update Dynamics: ${claimed}` }),
			pass(300),
			cycle(),
			{ do: 'wake' },
			cycle(),
		],
	},
	'R1: a page ends between its decisions and its writes': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'crash', gate: beforeClaim }),
			cycle(),
		],
	},
	'R8: a page that was taken over reaches its claim': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'stallProcess', gate: beforeClaim, at: ON_TO_CLAIM }),
			pass(300),
			cycle(),
			edit(PERSON, NO),
			cycle(),
			{ do: 'wake' },
			cycle(),
		],
	},
	'R9: an answer comes when the record was judged without it': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'stallProcess', gate: answered }),
			edit(PERSON, NO),
			pass(300),
			cycle(),
			pass(300),
			cycle(),
			edit(ROW, B),
			{ do: 'wake' },
			cycle(),
		],
	},
	'R9: an answer of Dynamics comes when the record was judged without it': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact'),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'stallProcess', gate: 'update Dynamics: dynamics.update answered' }),
			edit(ROW, NO),
			pass(300),
			cycle(),
			pass(300),
			cycle(),
			edit(PERSON, B),
			{ do: 'wake' },
			cycle(),
		],
	},
	'R9: a field is written while another one of the record waits': {
		seed: 1,
		habits: {
			...two('title', 'comments'),
			marketo: {
				skew: 0,
				lateness: 0,
				capitals: true,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		},
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, A] },
			cycle(),
			edit(ROW, B, 2),
			cycle(),
			edit(ROW, NO),
			cycle(),
		],
	},
	'R5: a row is edited while an older edit of the person is on its way; the newest wins': {
		seed: 1,
		habits: habits('title', { datable: true }, 'newest'),
		steps: [
			pair('lead'),
			cycle(),
			edit(PERSON, A),
			pass(60),
			cycle({ kind: 'edit', gate: 'update Dynamics: ledger', a: ROW, b: 1, c: NO }),
		],
	},
	'R9: one side is written, the other one has changed meanwhile': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			edit(PERSON, 7, 2),
			cycle({ kind: 'edit', gate: 'update Dynamics: ledger', a: ROW, b: 0, c: 5 }),
		],
	},
	'R28: the e-mail of a lead behind a contact is emptied, and the contact is deleted': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			cycle(),
			cycle(),
			edit(ROW, 7, 0),
			{ do: 'remove', which: 1 },
			cycle(),
			cycle(),
		],
	},
	'R45: a plug-in changes another column in the save of our write': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true }),
		steps: [pair('lead'), cycle(), edit(PERSON, A), cycle()],
	},
	'R45: a plug-in changes another column of a contact in the save of our write': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true }),
		steps: [pair('contact'), cycle(), edit(PERSON, A), cycle()],
	},
	'R45: a plug-in changes another column in the save of our write, and the person is edited before it is read':
		{
			seed: 1,
			habits: two('title', 'phone', { plugIn: true }),
			steps: [pair('contact'), cycle(), edit(PERSON, A), cycle(), edit(PERSON, 7, 2), cycle()],
		},
	'R46: two people have one e-mail, and of each a field is refused': {
		seed: 1,
		habits: two('title', 'phone', { refuses: { side: 'dynamics', value: 'b', names: true } }),
		steps: [
			pair('lead', NOTHING, B),
			cycle(),
			pair('contact', NOTHING, B),
			ask([-1], [], { as: 'contact' }),
			cycle(),
			edit(2, A, 2),
			cycle(),
		],
	},
	'R46: a campaign puts two fields back each time that they are written': {
		seed: 1,
		habits: { ...toMarketoAlone('title'), insist: true },
		steps: [
			pair('lead', A, B, 0),
			pair('lead', A, B, 1),
			cycle(),
			edit(0, NO),
			cycle(),
			edit(1, NO),
			cycle(),
		],
	},
	'R49: two inactive leads have the e-mail of two people, and come in one after the other': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			person(0),
			{ do: 'turn', which: 0 },
			cycle(),
			{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
			{ do: 'turn', which: 1 },
			cycle(),
			edit(0, A),
			cycle(),
		],
	},
	'R15: a create has no answer, and its row is inactive beside another one by then': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			cycle({ kind: 'lost', gate: 'update Marketo: marketo.create', b: 1 }),
			{ do: 'turn', which: 0 },
			pair('contact'),
		],
	},
	'R27: one of two contacts with one e-mail gets out of sight, and comes back with another': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			pair('contact'),
			cycle(),
			{ do: 'hide', which: 1, asDelete: true },
			edit(1, 5, 0),
			cycle(),
		],
	},
	'R27: an inactive contact gets somebody, and in the same page a lead gets them': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			{ do: 'turn', which: 0 },
			pair('lead'),
			cycle(),
		],
	},
	'R46: somebody has an e-mail, says Marketo, and nobody finds them': {
		seed: 1,
		habits: habits('title', { taken: 'ann@x.test' }),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
			cycle(),
			{ do: 'row', table: 'lead', choices: [1, A, 1, 1, 1, 1] },
			cycle(),
		],
	},
	'R6: a stored page is decided a second time': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'stallProcess', gate: beforeClaim }),
			{ do: 'retry', which: 99, node: 2 },
			{ do: 'wake' },
			cycle(),
		],
	},
	'R13: a user edits between our read and our write': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'edit', gate: beforeClaim, a: PERSON, b: 1, c: NO }),
			cycle(),
		],
	},
	'R13: a user edits between our read and our write; Marketo wins': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'edit', gate: beforeClaim, a: PERSON, b: 1, c: NO }),
			cycle(),
		],
	},
	'R13: a user edits between our read and our write; somebody is to be asked': {
		seed: 1,
		habits: habits('title', {}, 'ask'),
		steps: [
			pair('lead'),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'edit', gate: beforeClaim, a: PERSON, b: 1, c: NO }),
			cycle(),
		],
	},
	'R13: a user comes back to the value that we wrote': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact'),
			cycle(),
			edit(ROW, A),
			cycle(),
			edit(PERSON, NO),
			edit(PERSON, A),
			pass(900),
			cycle(),
			pass(900),
			cycle(),
		],
	},
	'R14: a plug-in writes phone numbers its own way': {
		seed: 1,
		habits: habits('phone', { dynamics: { phonePlugIn: true, lateToken: false, pageRows: 1000 } }),
		steps: [
			pair('lead', NOTHING, NOTHING),
			cycle(),
			edit(PERSON, 3),
			cycle(),
			edit(ROW, 5, 0),
			edit(PERSON, 4),
			cycle(),
		],
	},
	'R14: Marketo stores capitals': {
		seed: 1,
		habits: habits('comments', {
			marketo: {
				skew: 0,
				lateness: 0,
				capitals: true,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		}),
		steps: [
			pair('contact', NOTHING, NOTHING),
			cycle(),
			edit(ROW, A),
			cycle(),
			edit(ROW, B),
			cycle(),
		],
	},
	'R14: what we wrote stood there in its stored form before, and is edited later': {
		seed: 1,
		habits: habits('comments', {
			marketo: {
				skew: 0,
				lateness: 0,
				capitals: true,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		}),
		steps: [
			pair('contact', NOTHING, NOTHING),
			cycle(),
			edit(ROW, A),
			edit(PERSON, A),
			cycle(),
			edit(PERSON, NO),
			cycle(),
		],
	},
	'R14: an edit shows up late in the log': {
		seed: 10,
		habits: habits('title', {
			marketo: {
				skew: 0,
				lateness: 14 * 60_000,
				capitals: false,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		}),
		steps: [
			pair('contact'),
			cycle(),
			edit(ROW, A),
			cycle(),
			edit(PERSON, NO),
			edit(ROW, 7),
			cycle(),
		],
	},
	'R15: the answer is lost, and a user puts the old value back': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', B, B),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'lost', gate: onItsWay }),
			edit(PERSON, B),
			pass(300),
			cycle(),
			cycle(),
		],
	},
	'R13: a write that was held up replaces an edit of the person, and its source is emptied meanwhile':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead', B, B),
				cycle(),
				edit(ROW, A),
				cycle({ kind: 'crash', gate: onItsWay }),
				edit(PERSON, NO),
				edit(ROW, NOTHING),
				pass(300),
				cycle(),
				cycle(),
			],
		},
	'R15: a write to Marketo gets lost, the person is emptied without a trace, and its source is edited':
		{
			seed: 1,
			habits: habits('title', {
				marketo: { ...habits('title').marketo, untold: { oneIn: 1, ms: 3_600_000 } },
			}),
			steps: [
				pair('lead', B, B),
				cycle(),
				edit(ROW, A),
				cycle({ kind: 'lost', gate: onItsWay, a: 1 }),
				edit(ROW, NO),
				edit(PERSON, NOTHING),
				pass(300),
				cycle(),
				cycle(),
			],
		},
	'R15: a write to Dynamics arrives without an answer, and a user puts the old value back': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', B, B),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'crash', gate: 'update Dynamics: dynamics.update answered' }),
			edit(ROW, B),
			pass(300),
			cycle(),
			cycle(),
		],
	},
	'R14: a user empties what Marketo had stored in a form of its own': {
		seed: 1,
		habits: habits(
			'comments',
			{ marketo: { ...habits('title').marketo, capitals: true } },
			'dynamics',
		),
		steps: [pair('lead', A, A), cycle(), edit(PERSON, NOTHING), cycle(), cycle()],
	},
	'R29: a person is deleted while a write to it has no answer, and its row was edited before': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A),
			cycle(),
			edit(ROW, B),
			cycle({ kind: 'stall', gate: answered }),
			{ do: 'remove', which: PERSON },
			cycle(),
			cycle(),
		],
	},
	'R29: a person is to follow their row, and somebody has edited them before': {
		seed: 1,
		habits: deleting(habits('title')),
		steps: [
			pair('lead', A, A),
			cycle(),
			edit(PERSON, B),
			pass(120),
			{ do: 'remove', which: ROW },
			cycle(),
			cycle(),
		],
	},
	'R29: a row is to follow its person, and somebody edits it before that': {
		seed: 1,
		habits: deleting(habits('title')),
		steps: [
			pair('contact', A, A),
			cycle(),
			{ do: 'remove', which: PERSON },
			cycle(),
			edit(ROW, B),
			pass(1200),
			cycle(),
			cycle(),
		],
	},
	'R29: people are to follow their rows, of which one comes in before all are read': {
		seed: 1,
		habits: deleting(habits('title', { dynamics: { ...habits('title').dynamics, pageRows: 1 } })),
		steps: [
			pair('contact', A, A),
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'remove', which: 0 },
			{ do: 'remove', which: 0 },
			{ do: 'row', table: 'contact', choices: [2, A, 1, 1, 1, 1] },
			{ do: 'row', table: 'contact', choices: [3, A, 1, 1, 1, 1] },
			cycle(),
			cycle(),
		],
	},
	'R29: a person is to follow their row, which is restored while that gets no answer': {
		seed: 1,
		habits: deleting(habits('title')),
		steps: [
			pair('contact', A, A),
			cycle(),
			{ do: 'remove', which: ROW },
			cycle({ kind: 'stall', gate: 'update Marketo: marketo.remove answered' }),
			{ do: 'takeBack', which: 0 },
			edit(ROW, B),
			cycle(),
			cycle(),
		],
	},
	'R29: a row is to follow its person, and n8n is killed while it is deleted': {
		seed: 1,
		habits: deleting(habits('title')),
		steps: [
			pair('contact', A, A),
			cycle(),
			{ do: 'remove', which: PERSON },
			cycle(),
			pass(1200),
			cycle({ kind: 'crashProcess', gate: 'update Dynamics: dynamics.remove answered' }),
			cycle(),
			{ do: 'takeBack', which: 0 },
			pass(1200),
			cycle(),
			cycle(),
		],
	},
	'R13: a write that Marketo stores in a form of its own replaces an edit of the person': {
		seed: 1,
		habits: habits(
			'comments',
			{ marketo: { ...habits('title').marketo, capitals: true } },
			'dynamics',
		),
		steps: [
			pair('lead', NOTHING, NOTHING),
			edit(ROW, NO),
			cycle({ kind: 'edit', gate: onItsWay, a: PERSON, b: 1, c: B }),
			edit(ROW, 7),
			cycle(),
		],
	},
	'R13: a write without an answer has replaced an edit, and the log tells of both long after': {
		seed: 1,
		habits: habits('title', { marketo: { ...habits('title').marketo, lateness: 840_000 } }),
		steps: [
			pair('contact', B, B),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'stall', gate: onItsWay }),
			edit(PERSON, NO),
			cycle(),
		],
	},
	'R15: a write without an answer is stored in a form of its own': {
		seed: 1,
		habits: habits(
			'comments',
			{ marketo: { ...habits('title').marketo, capitals: true } },
			'marketo',
		),
		steps: [pair('lead', 6, 6), cycle(), edit(ROW, A), cycle({ kind: 'stall', gate: answered })],
	},
	'R47: a row is made while its column is closed, and only a page that is over gets to know that': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A),
			cycle(),
			edit(ROW, B),
			cycle({ kind: 'stall', gate: 'get Dynamics: dynamics.readChanges' }),
			{ do: 'close', field: 0 },
			{ do: 'row', table: 'contact', choices: [1, B, 1, 1, B, B] },
			cycle(),
			{ do: 'wake' },
			{ do: 'open' },
		],
	},
	'R44: a credential names another system for a while, and both sides are edited meanwhile': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			cycle(),
			edit(ROW, B),
			{ do: 'switch', side: 'marketo' },
			cycle(),
			edit(PERSON, NO),
			{ do: 'switchBack' },
			cycle(),
			edit(PERSON, B),
			{ do: 'switch', side: 'dynamics' },
			cycle(),
		],
	},
	'R28: a person is merged into one who has a row, and another row stood behind theirs by its e-mail':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead', A, A),
				pair('lead', B, B, 1),
				cycle(),
				{ do: 'row', table: 'lead', choices: [1, A, 1, 1, 1, 1] },
				cycle(),
				{ do: 'merge', which: 1, into: 0 },
				cycle(),
			],
		},
	'R49: a lead is closed, edited on both sides, and opened again': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'turn', which: 0 },
			edit(PERSON, B),
			cycle(),
			edit(ROW, NO, 2),
			cycle(),
			{ do: 'turn', which: 0 },
			cycle(),
		],
	},
	'R49: a lead is closed while its person is edited, and a contact with its e-mail comes': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'turn', which: 0 },
			edit(PERSON, B),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, A, A] },
			cycle(),
		],
	},
	'R28: a contact is deleted just after it was written to its person, a lead empties that, and the contact is restored':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('contact', B, A),
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
				cycle(),
				{ do: 'remove', which: ROW },
				cycle(),
				edit(ROW, NOTHING),
				cycle(),
				{ do: 'takeBack', which: 0 },
				cycle(),
			],
		},
	'R29: the contact of a person is deleted, and then their lead, which by choice says nothing of that':
		{
			seed: 1,
			habits: unlinkingLeads(),
			steps: [
				pair('contact'),
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
				cycle(),
				{ do: 'remove', which: ROW },
				cycle(),
				{ do: 'remove', which: ROW },
				cycle(),
			],
		},
	'R48: a write is logged later than an edit of it, which was written over, and edited back': {
		seed: 80014104,
		habits: lateAndFull(),
		steps: [
			{ do: 'both', table: 'contact', row: [2, 4, 2, 0, 4, 6], person: [2, 0, 3, 6, 2, 2] },
			cycle(),
			{ do: 'editBoth', which: 8, field: 1, choices: [2, 0] },
			cycle(),
			edit(3, 4),
			{ do: 'edit', which: 2, field: 5, choice: 5 },
			pass(849),
			cycle(),
		],
	},
	'R28: a person is merged into one of another value, and that is emptied before the sync sees it':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				{ do: 'row', table: 'lead', choices: [2, B, 1, 1, 1, 1] },
				person(0, A),
				cycle(),
				{ do: 'merge', which: 1, into: 0 },
				edit(1, NOTHING),
				cycle(),
			],
		},
	'R28: a linked row is emptied, and merged in Dynamics into one that has nothing there either': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'row', table: 'lead', choices: [1, NOTHING, 1, 1, 1, 1] },
			edit(ROW, NOTHING),
			{ do: 'mergeRows', which: 0, into: 0 },
			cycle(),
		],
	},
	'R27: whoever has the e-mail of a row is another row’s, that is asked about, and goes': {
		seed: 1,
		habits: habits('title', {}, 'ask'),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'editBoth', which: 0, field: 0, choices: [1, 2] },
			cycle(),
			{ do: 'row', table: 'lead', choices: [2, A, 1, 1, 1, 1] },
			cycle(),
			{ do: 'remove', which: 2 },
			cycle(),
		],
	},
	'R13: both sides are edited to what Marketo stores alike, and the log tells it once more': {
		seed: 1,
		habits: habits('comments', {
			marketo: { ...habits('title').marketo, capitals: true, pagePeople: 1 },
		}),
		steps: [
			pair('contact', NOTHING, NOTHING),
			{ do: 'row', table: 'lead', choices: [1, A, 1, 1, 1, 1] },
			cycle(),
			edit(ROW, A),
			edit(2, A),
			cycle(),
		],
	},
	'R15: a row and a person have just met, a write is not answered, and its user empties the row': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', NOTHING, A),
			cycle({ kind: 'lost', gate: 'update Dynamics: dynamics.update' }),
			edit(ROW, NOTHING),
			cycle(),
		],
	},
	'R28: two linked rows are merged in Dynamics, and both sides of the one that stays are edited': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'mergeRows', which: 1, into: 0 },
			cycle(),
			edit(0, NO),
			edit(3, A),
			cycle(),
		],
	},
	'R28: two linked rows are merged in Dynamics, and the merge of their people is not answered': {
		seed: 1,
		habits: habits('title', { whenMerged: 'merge' }),
		steps: [
			pair('contact', A, A),
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'mergeRows', which: 1, into: 0 },
			cycle({ kind: 'lost', gate: 'update Marketo: marketo.merge', b: 1 }),
			edit(0, NO),
			cycle(),
		],
	},
	'R28: two linked rows are merged in Dynamics, and n8n ends before their people are merged': {
		seed: 1,
		habits: habits('title', { whenMerged: 'merge' }),
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'mergeRows', which: 0, into: 0 },
			cycle({ kind: 'crash', gate: 'update Marketo: marketo.merge' }),
			edit(1, NO),
			cycle(),
		],
	},
	'R28: three linked rows become one in Dynamics, the second by way of the third': {
		seed: 1,
		habits: habits('title', { whenMerged: 'merge' }),
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			pair('lead', NO, NO, 2),
			cycle(),
			{ do: 'mergeRows', which: 0, into: 0 },
			{ do: 'mergeRows', which: 0, into: 0 },
			cycle(),
			edit(2, A),
			cycle(),
		],
	},
	'R28: two linked rows are merged in Dynamics into a third one that nobody has met': {
		seed: 1,
		habits: habits('title', { whenMerged: 'merge' }),
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'row', table: 'lead', choices: [2, NO, 1, 1, 1, 1] },
			{ do: 'mergeRows', which: 0, into: 1 },
			{ do: 'mergeRows', which: 0, into: 0 },
			cycle(),
			ask([-1, -2]),
			cycle(),
		],
	},
	'R28: a linked row is merged in Dynamics into one that nobody is found for, and that one into a third one':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead', A, A),
				pair('lead', B, B, 1),
				pair('lead', NO, NO, 2),
				person(2),
				cycle(),
				{ do: 'mergeRows', which: 0, into: 1 },
				{ do: 'mergeRows', which: 1, into: 0 },
				cycle(),
			],
		},
	'R28: two linked rows are merged in Dynamics while the one that stays is out of sight': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'hide', which: 0, asDelete: false },
			{ do: 'mergeRows', which: 1, into: 0 },
			cycle(),
		],
	},
	'R28: a person is merged into one whose value was edited before, from what the merged one has': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A),
			person(2, A),
			cycle(),
			edit(2, B),
			{ do: 'merge', which: 0, into: 0 },
			cycle(),
		],
	},
	'R29: a contact has the e-mail of another one that comes along, and whose person is deleted': {
		seed: 1,
		habits: habits('title', { dynamics: { ...habits('title').dynamics, pageRows: 1 } }),
		steps: [
			pair('contact', A, A),
			pair('contact', B, B, 1),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			{ do: 'remove', which: 3 },
			// Both are saved and say nothing new; the second one comes with the next page.
			edit(1, B),
			edit(0, A),
			cycle(),
		],
	},
	'R24: a person is merged into another one, and somebody else has the address of their row': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A),
			person(2, NOTHING),
			cycle(),
			person(0),
			pass(600),
			edit(ROW, B),
			{ do: 'merge', which: 0, into: 0 },
			cycle(),
			cycle(),
		],
	},
	'R15: the answer is lost, and a user empties the field': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', B, B),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'lost', gate: 'update Dynamics: dynamics.update' }),
			edit(ROW, NOTHING),
			pass(300),
			cycle(),
			cycle(),
		],
	},
	'R15: a write to Dynamics gets lost, and a user edits another column of the row': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			pair('contact', B, B),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'lost', gate: 'update Dynamics: dynamics.update', a: 1 }),
			edit(ROW, 3, 2),
			pass(300),
			cycle(),
			cycle(),
		],
	},
	'R15: a write to Dynamics gets no answer, and a user edits the same column': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', B, B),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'crash', gate: 'update Dynamics: dynamics.update answered' }),
			edit(ROW, NO),
			pass(300),
			cycle(),
			cycle(),
		],
	},
	'R15: a write arrives without an answer, and its source goes back to the old value': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', B, B),
			cycle(),
			edit(ROW, A),
			cycle({ kind: 'crash', gate: answered }),
			edit(ROW, B),
			cycle(),
			cycle(),
		],
	},
	'R15: a write to Dynamics arrives without an answer, and the person is deleted': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', B, B),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'crash', gate: 'update Dynamics: dynamics.update answered' }),
			{ do: 'remove', which: PERSON },
			cycle(),
			cycle(),
			edit(ROW, B),
			cycle(),
		],
	},
	'R8: an execution goes on when another one of its run has put a conflict on record': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact', A, A),
			cycle(),
			edit(ROW, B),
			edit(PERSON, NO),
			cycle({ kind: 'stall', gate: 'get Dynamics: ledger' }),
			edit(ROW, 7),
			{ do: 'wake' },
		],
	},
	'R14: an edit and the stored form of what replaced it come in one read': {
		seed: 1,
		habits: habits('comments', { marketo: { ...habits('title').marketo, capitals: true } }),
		steps: [
			pair('contact', 7, B),
			cycle({
				kind: 'edit',
				gate: 'get Marketo: marketo.readChanges answered',
				a: PERSON,
				b: 1,
				c: 7,
			}),
			edit(ROW, NOTHING),
			cycle(),
		],
	},
	'R15: a row that was deleted is restored behind another one while the mark on its person has no answer':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead', A, A),
				{ do: 'turn', which: 0 },
				cycle(),
				{ do: 'remove', which: ROW },
				cycle({ kind: 'crash', gate: answered }),
				{ do: 'row', table: 'contact', choices: [0, A, 1, 1, A, A] },
				{ do: 'takeBack', which: 0 },
			],
		},
	'R15: row and person are deleted while a write to the row has no answer': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			edit(PERSON, A),
			cycle({ kind: 'lost', gate: 'update Dynamics: dynamics.update', a: 1 }),
			{ do: 'remove', which: ROW },
			{ do: 'remove', which: 0 },
			cycle(),
		],
	},
	'R26: a yes/no that Dynamics has never filled in is set and taken back in Marketo': {
		seed: 1,
		habits: habits('optOut'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, 1, 1, 2] },
			cycle(),
			edit(ROW, 0),
			edit(PERSON, 0),
			edit(PERSON, 1),
			cycle(),
		],
	},
	'R26: a row that an earlier try made is linked at once, and both sides are edited before a page':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead'),
				cycle(),
				person(2),
				ask([-1], [{ kind: 'lost', gate: makes }]),
				pass(600),
				serve,
				edit(1, NOTHING),
				edit(3, B),
				cycle(),
			],
		},
	'R48: a blocked field is emptied, and for days nobody looks whether it was': {
		seed: 1,
		habits: habits('comments', { marketo: { ...habits('comments').marketo, blocked: 'comments' } }),
		steps: [pair('lead', A, A), cycle(), edit(ROW, NOTHING), cycle(), pass(3 * 86_400), cycle()],
	},
	'R48: Marketo blocks a field, and a user fills it in before anybody has looked': {
		seed: 1,
		habits: habits('title', { marketo: { ...habits('title').marketo, blocked: 'title' } }),
		steps: [pair('lead', B, NOTHING), cycle(), edit(PERSON, A), cycle()],
	},
	'R14: a user empties what we wrote over nothing, and fills it in; the row is edited, too': {
		seed: 1,
		habits: withNumber(),
		steps: [
			{ do: 'both', table: 'contact', row: [0, B, 3, 1, 1, 1], person: [0, B, 2, 1, 1, 1] },
			cycle(),
			edit(PERSON, 2, 2),
			edit(ROW, 1, 2),
			edit(PERSON, 7, 2),
		],
	},
	'R48: Marketo blocks a field': {
		seed: 1,
		habits: habits('title', { marketo: { ...habits('title').marketo, blocked: 'title' } }),
		steps: [pair('contact'), cycle(), edit(ROW, A), cycle()],
	},
	'R48: Marketo blocks a field that held what is written to it before a user edited it, as its log tells late':
		{
			seed: 1,
			habits: habits('title', {
				marketo: {
					...habits('title').marketo,
					blocked: 'title',
					untold: { oneIn: 1, ms: 360_000 },
				},
			}),
			steps: [cycle(), pair('contact', A, A), edit(PERSON, B), cycle(), cycle(), cycle()],
		},
	'R48: somebody edits what Marketo has kept of a value': {
		seed: 1,
		habits: two('comments', 'title', { marketo: { ...habits('title').marketo, cutsTo: 2 } }),
		steps: [
			pair('contact', 6, NOTHING),
			cycle(),
			pass(1000),
			cycle(),
			edit(PERSON, B, 2),
			edit(ROW, A, 1),
			cycle(),
		],
	},
	'R48: a person is made with an address that somebody had unsubscribed': {
		seed: 1,
		habits: habits('optOut', { marketo: { ...habits('title').marketo, remembersOptOuts: true } }),
		steps: [
			pair('lead'),
			cycle(),
			edit(PERSON, 0),
			{ do: 'remove', which: PERSON },
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			cycle(),
		],
	},
	'R48: the log tells late of an edit that was asked about and then written over in vain': {
		seed: 1,
		habits: habits('title', {
			marketo: {
				...habits('title').marketo,
				blocked: 'title',
				untold: { oneIn: 1, ms: 10 * 60_000 },
			},
		}),
		steps: [pair('contact'), cycle(), edit(PERSON, NO), edit(ROW, A), cycle(), cycle(), cycle()],
	},
	'R48: what Marketo has kept is written again a day later, and then the log is read again': {
		seed: 1,
		habits: habits('comments', { marketo: { ...habits('title').marketo, cutsTo: 2 } }),
		steps: [pair('contact', 6, 6), cycle(), pass(1000), cycle(), pass(90_000), cycle()],
	},
	'R48: what Marketo has kept is written again, and then the log tells of long before': {
		seed: 1,
		habits: habits('comments', { marketo: { ...habits('title').marketo, cutsTo: 2 } }),
		steps: [
			pair('contact', B, 6),
			cycle(),
			cycle(),
			pass(4000),
			edit(ROW, 6),
			cycle(),
			pass(1000),
			cycle(),
		],
	},
	'R48: a plug-in overrules what is written, and does so again with the next save': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true }),
		steps: [pair('contact', NOTHING, A), cycle(), edit(PERSON, B), cycle(), cycle()],
	},
	'R48: a plug-in overrules what is written, and the row is deleted and restored': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true }),
		steps: [
			pair('lead', A, B),
			cycle(),
			pass(1000),
			{ do: 'remove', which: ROW },
			cycle(),
			{ do: 'takeBack', which: 0 },
			cycle(),
		],
	},
	'R48: a plug-in overrules what is written, and the filter leaves the row out for a while': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true, filtered: true }),
		steps: [pair('lead', A, B), cycle(), pass(1000), filter(0), cycle(), filter(0), cycle()],
	},
	'R48: a plug-in overrules what is written, and somebody has it tried again': {
		seed: 1,
		habits: two('title', 'phone', { plugIn: true }),
		steps: [pair('lead', B, A), cycle()],
	},
	'R30: a row is restored, and the delete of its person is logged late': {
		seed: 8,
		habits: habits('title', { marketo: { ...habits('title').marketo, lateness: 840_000 } }),
		steps: [
			pair('lead', A, A),
			cycle(),
			{ do: 'remove', which: ROW },
			cycle(),
			{ do: 'remove', which: 0 },
			{ do: 'takeBack', which: 0 },
			cycle(),
		],
	},
	'R29: a column is asked about, closed and edited, and the person is deleted': {
		seed: 1,
		habits: habits('title', {}, 'ask'),
		steps: [
			pair('lead', A, B),
			cycle(),
			{ do: 'remove', which: PERSON },
			pass(60),
			{ do: 'close', field: 0 },
			edit(ROW, NO),
			cycle(),
		],
	},
	'R29: Dynamics refuses a record, its person is deleted, and somebody has everything tried again':
		{
			seed: 1,
			habits: habits('title', { refuses: { side: 'dynamics', value: 'b', names: false } }),
			steps: [
				pair('contact', A, A),
				cycle(),
				edit(PERSON, B),
				cycle(),
				{ do: 'remove', which: PERSON },
				cycle(),
			],
		},
	'R29: Dynamics refuses a field, the person is deleted, and the row edited': {
		seed: 1,
		habits: withRevenue(),
		steps: [
			{ do: 'both', table: 'lead', row: [0, A, 0, 1, A, A], person: [0, A, 5, 1, A, A] },
			cycle(),
			{ do: 'remove', which: PERSON },
			pass(60),
			edit(ROW, A, 2),
			cycle(),
		],
	},
	'I2: a column that Marketo fills is filled by a user while its field is empty, and then the field is':
		{
			seed: 1,
			habits: neverEmpty(oneWay('toDynamics', 'title')),
			steps: [
				pair('contact', NOTHING, NOTHING),
				cycle(),
				edit(ROW, A),
				cycle(),
				edit(PERSON, B),
				cycle(),
			],
		},
	'R29: a column that had nothing to say one way is filled in after the person was deleted': {
		seed: 1,
		habits: toMarketoAlone('phone'),
		steps: [
			pair('lead', NOTHING, 7),
			cycle(),
			{ do: 'remove', which: PERSON },
			pass(60),
			edit(ROW, B),
			cycle(),
		],
	},
	'R29: a lead is closed when it meets its person, who is deleted; it is edited and opened': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, B),
			{ do: 'turn', which: ROW },
			cycle(),
			{ do: 'remove', which: PERSON },
			pass(60),
			edit(ROW, NO),
			{ do: 'turn', which: ROW },
			cycle(),
		],
	},
	"R34: this host's clock is ahead when the log is read for the first time": {
		seed: 1,
		habits: habits('title', { hostSkew: 40 * 60_000 }),
		steps: [pair('contact'), cycle(), edit(PERSON, A), cycle()],
	},
	'R36: the only field that differs at first contact is refused': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'marketo', value: 'b', names: true } }),
		steps: [pair('contact', B, A), pass(600), cycle()],
	},
	'R29: a person is deleted before anybody knows that a row was made for them': {
		seed: 1,
		habits: habits('title'),
		steps: [
			person(0),
			cycle(),
			ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
			pass(400),
			{ do: 'remove', which: 1 },
		],
	},
	'R28: a person is merged before anybody knows that a row was made for them': {
		seed: 1,
		habits: habits('title'),
		steps: [
			person(0),
			person(1),
			cycle(),
			ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
			pass(400),
			{ do: 'merge', which: 1, into: 0 },
		],
	},
	'R13: a user comes back to what Marketo has made of an earlier write': {
		seed: 1,
		habits: habits('comments', { marketo: { ...habits('comments').marketo, capitals: true } }),
		steps: [
			pair('contact', A, NO),
			cycle(),
			edit(ROW, B),
			edit(PERSON, 6),
			cycle(),
			edit(PERSON, A),
		],
	},
	'R36: a value that cannot be held comes before the row that somebody has edited': {
		seed: 1,
		habits: { ...withIndustry(), dynamics: { ...habits('title').dynamics, pageRows: 1 } },
		steps: [
			pair('lead', A, A),
			pair('lead', B, B, 1),
			cycle(),
			edit(1, NO),
			edit(0, 3, 2),
			// Longer before the page than nobody could tell them apart.
			pass(120),
			// There are two of "Bank".
			edit(2, 3, 2),
			cycle(),
		],
	},
	'R36: a user edits a column that a new row was made without': {
		seed: 1,
		habits: withIndustry(),
		steps: [
			pair('lead'),
			cycle(),
			// Its industry is "Bank", and there are two of these.
			{ do: 'person', choices: [2, A, 1, 1, 1, 1, 3] },
			ask([-1]),
			{ do: 'edit', which: 1, field: 2, choice: 0 },
			cycle(),
		],
	},
	...[1, 2, 3].reduce<Record<string, History>>((all, seed) => {
		all[`R30: the person of a lead behind a contact is deleted, and then the contact (${seed})`] = {
			seed,
			habits: habits('title', { marketo: { ...habits('title').marketo, lateness: 14 * 60_000 } }),
			steps: [
				pair('lead'),
				cycle(),
				{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
				cycle(),
				{ do: 'remove', which: 2 },
				{ do: 'remove', which: 1 },
				cycle(),
			],
		};
		return all;
	}, {}),
	...twoLanes(),
	...lanesByHand(),
	...inflight(),
	...atOnce(),
	'R18: a flow and a campaign insist on their own value': {
		seed: 1,
		habits: habits('title', { insist: true }),
		steps: [pair('lead'), cycle(), edit(ROW, A), cycle(), cycle(), cycle()],
	},
	'R18: a flow and a campaign answer each other with another value each time': {
		seed: 1,
		habits: habits('title', { insist: true, count: true }),
		steps: [pair('lead'), cycle(), edit(ROW, A), ...Array.from({ length: 14 }, () => cycle())],
	},
	'R18: two users correct each other for a while': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			...[A, B, NO, A, B, NO, A, B].flatMap((choice, at) => [edit(at % 2, choice), cycle()]),
		],
	},
	'R23: somebody makes the person while we do': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
			cycle({ kind: 'person', gate: beforeClaim, a: 0, b: B, c: 1 }),
			cycle(),
		],
	},
	'R24: a lead and a contact have one e-mail and no person': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
		],
	},
	'R24: a lead gets the e-mail of a person whom only Marketo knows': {
		seed: 1,
		habits: habits('title'),
		steps: [pair('lead'), person(1), cycle(), pass(600), edit(ROW, 1, 0), cycle()],
	},
	'R24: two leads change their e-mails with each other': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			pair('lead', B, B, 1),
			cycle(),
			pass(600),
			edit(0, 1, 0),
			edit(1, 0, 0),
			cycle(),
		],
	},
	'R27: of two leads with one e-mail, one gets another': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
			{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			edit(ROW, 5, 0),
			cycle(),
		],
	},
	'R27: of two contacts with one e-mail, the person of one gets another': {
		seed: 1,
		habits: { ...habits('title'), mapping: onlyFill(habits('title').mapping) },
		steps: [
			pair('contact'),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			edit(2, 5, 0),
			cycle(),
		],
	},
	'R36: one field is refused, another one is not': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'marketo', value: 'b', names: true } }),
		steps: [pair('contact', A, A), cycle(), edit(ROW, B), edit(ROW, 6, 0), cycle()],
	},
	'R36: Dynamics refused a value, and a user edits the field there': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'dynamics', value: 'b', names: true } }),
		steps: [pair('lead', A, A), cycle(), edit(PERSON, B), cycle(), edit(ROW, NO), cycle()],
	},
	'R36: Marketo refused a value, and a user edits the field there': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'marketo', value: 'b', names: true } }),
		steps: [pair('contact', A, A), cycle(), edit(ROW, B), cycle(), edit(PERSON, NO), cycle()],
	},
	'R36: a person is made without what Marketo refused, and a user fills it in there': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'marketo', value: 'b', names: true } }),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			edit(PERSON, NO),
			cycle(),
		],
	},
	'R36: Marketo refused a value, a user edits the field there, which Dynamics turns away, and somebody chooses Retry':
		{
			seed: 1,
			habits: habits('title', {
				refuses: { side: 'marketo', value: 'b', names: true },
				neverNow: 'dynamics',
			}),
			steps: [pair('contact', A, A), cycle(), edit(ROW, B), cycle(), edit(PERSON, NO), cycle()],
		},
	'R36: both sides are edited, what Marketo has cannot be held, and somebody takes that back': {
		seed: 1,
		habits: withRevenue(),
		steps: [
			{ do: 'row', table: 'lead', choices: [1, 5, 1, 3, 4, 3] },
			cycle(),
			{ do: 'editBoth', which: 0, field: 2, choices: [4, 4] },
			cycle(),
			edit(PERSON, 0, 2),
			cycle(),
		],
	},
	'R36: both sides are edited, what Marketo has cannot be held, and the row is edited back to what both had':
		{
			seed: 1,
			habits: withRevenue(),
			steps: [
				{ do: 'row', table: 'lead', choices: [1, 5, 1, 3, 4, 3] },
				cycle(),
				{ do: 'editBoth', which: 0, field: 2, choices: [4, 4] },
				cycle(),
				edit(ROW, 0, 2),
				cycle(),
			],
		},
	'R27: two leads of one e-mail are looked at together, and one of them has a person of another e-mail by a merge':
		{
			seed: 1,
			habits: habits('title', { dynamics: { ...habits('title').dynamics, pageRows: 2 } }, 'ask'),
			steps: [
				{ do: 'row', table: 'lead', choices: [2, A, 1, 1, 1, 1] },
				pair('lead', A, A, 1),
				pair('lead', B, A, 2),
				cycle(),
				{ do: 'remove', which: 1 },
				{ do: 'merge', which: 1, into: 0 },
				cycle(),
			],
		},
	'R29: a row is edited that stands behind another one of its person, whom somebody deletes': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A),
			pair('lead', A, A, 1),
			cycle(),
			{ do: 'merge', which: 0, into: 0 },
			cycle(),
			edit(ROW, B),
			cycle(),
			{ do: 'remove', which: 2 },
			cycle(),
		],
	},
	'R27: the e-mail of a lead behind a contact is emptied, and the contact is merged into one that has a person':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				pair('lead', A, A),
				pair('contact', B, B, 1),
				cycle(),
				{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
				cycle(),
				cycle(),
				edit(ROW, 7, 0),
				cycle(),
				{ do: 'mergeRows', which: 2, into: 0 },
				cycle(),
				cycle(),
			],
		},
	'R29: Dynamics refuses the first write to a row, its person is deleted, and the row edited': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'dynamics', value: 'b', names: false } }, 'marketo'),
		steps: [
			pair('lead', A, B),
			cycle(),
			{ do: 'remove', which: PERSON },
			pass(60),
			edit(ROW, NO),
			cycle(),
		],
	},
	'R28: somebody empties a person, who is merged into one who has nothing there either': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'contact', choices: [1, A, 1, 1, 1, 1] },
			person(2, NOTHING),
			cycle(),
			edit(2, NOTHING),
			{ do: 'merge', which: 1, into: 0 },
			cycle(),
		],
	},
	'R28: somebody empties a person, who is merged into one who has nothing there either, and the log is late':
		{
			seed: 1,
			habits: habits('title', {
				marketo: {
					skew: 0,
					lateness: 14 * 60_000,
					capitals: false,
					pagePeople: 1000,
					createOnlyLooksAtIds: false,
				},
			}),
			steps: [
				{ do: 'row', table: 'contact', choices: [1, A, 1, 1, 1, 1] },
				person(2, NOTHING),
				cycle(),
				pass(2000),
				cycle(),
				edit(2, NOTHING),
				{ do: 'merge', which: 1, into: 0 },
				cycle(),
				cycle(),
			],
		},
	'R5: a row is edited before the log shows how Marketo has stored what it said before': {
		seed: 5,
		habits: habits('comments', {
			marketo: {
				skew: 0,
				lateness: 14 * 60_000,
				capitals: true,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		}),
		steps: [
			pair('contact', NOTHING, NOTHING),
			cycle(),
			pass(2000),
			cycle(),
			edit(ROW, NO),
			cycle(),
			edit(ROW, B),
			cycle(),
			cycle(),
			cycle(),
		],
	},
	'R36: what Marketo has cannot be held, and the row is edited back to what both had right after a write of another column':
		{
			seed: 1,
			habits: withRevenue(),
			steps: [
				{ do: 'row', table: 'lead', choices: [1, 5, 1, 3, 4, 3] },
				cycle(),
				{ do: 'editBoth', which: 0, field: 2, choices: [4, 4] },
				cycle(),
				edit(PERSON, A),
				cycle({
					page: 1,
					kind: 'edit',
					gate: 'update Dynamics: dynamics.update answered',
					a: ROW,
					b: 2,
					c: 0,
				}),
				cycle(),
			],
		},
	'R36: both sides are edited, Marketo refuses what the row has, and the person is edited back to what both had':
		{
			seed: 1,
			habits: habits('title', { refuses: { side: 'marketo', value: 'b', names: true } }),
			steps: [
				pair('contact', A, A),
				cycle(),
				edit(ROW, B),
				edit(PERSON, NO),
				cycle(),
				edit(PERSON, A),
				cycle(),
			],
		},
	'R36: both sides were edited when one of them refused; only a later edit there settles it': {
		seed: 1,
		habits: habits('title', { refuses: { side: 'dynamics', value: 'b', names: true } }),
		steps: [
			pair('lead', A, A),
			cycle(),
			edit(PERSON, B),
			edit(ROW, NO),
			cycle(),
			edit(ROW, 5, 0),
			cycle(),
			edit(ROW, 7),
			cycle(),
		],
	},
	'R32: a row changes while everything is read': {
		seed: 1,
		habits: habits('title', { dynamics: { phonePlugIn: false, lateToken: true, pageRows: 1 } }),
		steps: [
			pair('lead', A, A, 0),
			pair('lead', B, B, 1),
			pair('lead', NO, NO, 2),
			cycle({ page: 1, kind: 'edit', gate: 'get Dynamics: ledger', a: ROW, b: 1, c: NO }),
		],
	},
	'R32: a row is deleted while nobody can tell': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', A, A, 0),
			pair('lead', B, B, 1),
			cycle(),
			{ do: 'remove', which: 0 },
			{ do: 'expire' },
			cycle(),
		],
	},
	'R29: a row is deleted and restored, and its person is deleted before anybody has looked': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
			{ do: 'remove', which: 1 },
		],
	},
	'R28: a contact is deleted, a lead takes its place, and the contact is restored': {
		seed: 1,
		habits: habits('title', {}, 'dynamics'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
		],
	},
	'R28: a person is emptied when a lead takes the place of their contact, and the contact is restored':
		{
			seed: 1,
			habits: habits('title', {}, 'dynamics'),
			steps: [
				{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
				{ do: 'row', table: 'lead', choices: [0, NOTHING, 1, 1, 1, 1] },
				cycle(),
				pass(1000),
				cycle(),
				edit(2, NOTHING),
				{ do: 'remove', which: 0 },
				cycle(),
				{ do: 'takeBack', which: 0 },
			],
		},
	'R28: a person is emptied when a contact takes the place of their lead, and the contact is deleted':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
				cycle(),
				pass(1000),
				cycle(),
				edit(PERSON, NOTHING),
				{ do: 'row', table: 'contact', choices: [0, NOTHING, 1, 1, 1, 1] },
				cycle(),
				{ do: 'remove', which: 1 },
				cycle(),
			],
		},
	'R28: a contact is emptied and deleted, a lead takes its place, and the contact is restored': {
		seed: 1,
		habits: habits('title', {}, 'marketo'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
			cycle(),
			edit(ROW, NOTHING),
			edit(2, NO),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
		],
	},
	'R29: a row is edited, deleted and restored, and a campaign asks for its person': {
		seed: 1,
		habits: habits('title', {}, 'marketo'),
		steps: [
			pair('contact'),
			cycle(),
			edit(ROW, NOTHING),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
			ask([-1], [], { as: 'contact' }),
			cycle(),
		],
	},
	'R29: a row is restored, and a campaign asks for somebody else with its e-mail': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact'),
			cycle(),
			ask([-1], [], { as: 'contact' }),
			{ do: 'remove', which: 0 },
			cycle(),
			person(0),
			{ do: 'takeBack', which: 0 },
			ask([-1], [], { as: 'contact' }),
			cycle(),
		],
	},
	'R28: a contact is deleted, the lead behind it edited, and a campaign asks for their person': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, B, B] },
			cycle(),
			cycle(),
			{ do: 'remove', which: 1 },
			cycle({ kind: 'crashProcess', page: 1 }),
			edit(ROW, NOTHING),
			ask([-1]),
			cycle(),
		],
	},
	'R29: a person is made and edited before anybody has looked, and its row deleted and restored': {
		seed: 1,
		habits: habits('title'),
		steps: [
			{ do: 'row', table: 'contact', choices: [0, NOTHING, 1, 1, 1, 1] },
			cycle({ kind: 'stallProcess', page: 1, gate: 'get Dynamics: ledger' }),
			edit(PERSON, A),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'takeBack', which: 0 },
			{ do: 'wake' },
		],
	},
	'R29: a lead is restored beside a new one of its e-mail, and its person deleted': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead'),
			cycle(),
			{ do: 'remove', which: 0 },
			cycle(),
			{ do: 'remove', which: 0 },
			{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
			{ do: 'takeBack', which: 0 },
			cycle(),
		],
	},
	'R29: a row whose person was deleted is saved as a new one gets its e-mail': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('contact'),
			cycle(),
			{ do: 'remove', which: PERSON },
			cycle(),
			edit(ROW, B),
			{ do: 'row', table: 'contact', choices: [0, A, 1, 1, 1, 1] },
			cycle(),
		],
	},
	'R28: a row takes the place of an inactive one that a rule has let differ from their person': {
		seed: 1,
		habits: neverEmpty(toMarketoAlone('phone')),
		steps: [
			pair('lead', A, A),
			cycle(),
			edit(ROW, NOTHING),
			cycle(),
			{ do: 'turn', which: 0 },
			{ do: 'row', table: 'lead', choices: [0, 1, 1, 1, NOTHING, 1] },
			cycle(),
			edit(1, B),
			cycle(),
		],
	},
	'R29: a person is deleted whose lead stands behind a contact, and is saved as another one gets its e-mail':
		{
			seed: 1,
			habits: habits('title'),
			steps: [
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
				pair('contact', A, A),
				cycle(),
				{ do: 'remove', which: 2 },
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, A, A] },
				{ do: 'rewind', which: 1 },
			],
		},
	'R29: a row is saved after its person was deleted': {
		seed: 1,
		habits: habits('title'),
		steps: [pair('lead', A, A), cycle(), { do: 'remove', which: PERSON }, edit(ROW, A), cycle()],
	},
	'R43: an old copy of the ledger is put back, and the present state is adopted': {
		seed: 1,
		habits: habits('title'),
		steps: [
			pair('lead', B, B),
			cycle(),
			{ do: 'keep' },
			edit(ROW, A),
			cycle(),
			edit(PERSON, NO),
			{ do: 'restore' },
			{ do: 'adopt' },
			cycle(),
		],
	},
	'R51: an edit in Marketo that its log tells when nobody reads it any more': {
		seed: 1,
		habits: habits('title', {
			marketo: { ...habits('title').marketo, untold: { oneIn: 1, ms: 10 * 3_600_000 } },
		}),
		steps: [
			pair('lead'),
			pair('contact', B, B, 1),
			cycle(),
			edit(2, NO),
			edit(3, A),
			cycle(),
			cycle(),
			cycle(),
			cycle(),
			cycle(),
		],
	},
	'R51: an edit in Marketo that its log tells an hour later, and one of the row': {
		seed: 1,
		habits: habits('title', {
			marketo: { ...habits('title').marketo, untold: { oneIn: 1, ms: 3_600_000 } },
		}),
		steps: [
			pair('contact'),
			cycle(),
			edit(PERSON, NO),
			cycle(),
			edit(ROW, A),
			cycle(),
			pass(7200),
			cycle(),
		],
	},
	'R34: an entry of a log that strangers fill is late': {
		seed: 5,
		habits: habits('title', {
			marketo: { ...habits('title').marketo, lateness: 14 * 60_000, strangers: 500 },
		}),
		steps: [
			pair('lead', A, A, 0),
			pair('lead', B, B, 1),
			cycle(),
			edit(2, NO),
			edit(3, 7),
			pass(60),
			cycle(),
			cycle(),
			cycle(),
		],
	},
	'R34: the log has been found to be later than usual, and tells of an edit late, among the entries of strangers':
		{
			seed: 5,
			habits: lateAndFull(),
			steps: [
				pair('lead', A, A, 0),
				cycle(),
				pass(1200),
				cycle(),
				edit(PERSON, B),
				{ do: 'rewind', which: 3 },
				cycle(),
			],
		},
	'R33: a row of the mapping is back, and its column is edited': {
		seed: 1,
		habits: two('title', 'phone'),
		steps: [
			remap('away'),
			pair('lead', A, A),
			cycle(),
			remap('away'),
			cycle(),
			edit(ROW, B),
			cycle(),
		],
	},
	'R34: an entry of the log is late': {
		seed: 5,
		habits: habits('title', {
			marketo: {
				skew: 0,
				lateness: 14 * 60_000,
				capitals: false,
				pagePeople: 1000,
				createOnlyLooksAtIds: false,
			},
		}),
		steps: [
			pair('lead', A, A, 0),
			pair('lead', B, B, 1),
			cycle(),
			edit(2, NO),
			edit(3, 7),
			pass(60),
			cycle(),
			cycle(),
			cycle(),
		],
	},
};

/** Other lanes beside the people. Chance makes their edits, so that each story is told three times. */
function twoLanes(): Record<string, History> {
	const histories: Record<string, History> = {};
	for (const seed of [5, 16, 21])
		histories[`R17: one way, a row is edited while a write of its record has no answer (${seed})`] =
			{
				seed,
				lanes: ['owners', 'companies'],
				habits: habits('title'),
				steps: Array.from({ length: 60 }, () => pass(1)),
			};
	for (const seed of [1, 2, 3])
		histories[`R52: a page of people is left behind while other lanes are at work (${seed})`] = {
			seed,
			lanes: ['owners', 'companies'],
			habits: habits('title'),
			steps: [
				pair('lead'),
				cycle(),
				edit(ROW, A),
				cycle({ kind: 'crashProcess', gate: 'update Marketo: ledger claimed' }),
				...Array.from({ length: 6 }, () => pass(60)),
				cycle(),
			],
		};
	return histories;
}

/** Lanes that hang on people and on each other, in the order that a story wants. */
function lanesByHand(): Record<string, History> {
	/** By the order in which rows are made; leads and contacts share one. */
	const idOf = (prefix: string) => (number: number) =>
		`${prefix}0000-0000-4000-8000-${String(number).padStart(12, '0')}`;
	const [contact, lead, deal] = [idOf('c0de'), idOf('1ead'), idOf('0bb0')];
	const by = (lanes: readonly LaneName[], steps: Step[]): History => ({
		seed: 1,
		lanes,
		byHand: true,
		habits: habits('title'),
		steps,
	});
	const roles = (steps: Step[]) => by(['opportunities', 'roles'], steps);
	const tickets = (steps: Step[]) => by(['tickets'], steps);
	const run = (lane: LaneName, befalls?: Befalls): Step[] => [
		pass(300),
		{ do: 'run', lane, ...(befalls && { befalls }) },
	];
	const both = [...run('opportunities'), ...run('roles')];
	const make = (table: string, cells: Record<string, Raw>): Step => ({
		do: 'other',
		table,
		act: 'make',
		cells,
	});
	const change = (table: string, which: number, cells: Record<string, Raw>): Step => ({
		do: 'other',
		table,
		act: 'edit',
		which,
		cells,
	});
	const drop = (table: string, which: number): Step => ({
		do: 'other',
		table,
		act: 'remove',
		which,
	});
	const back = (table: string): Step => ({ do: 'other', table, act: 'takeBack', which: 0 });
	const opportunity = (customer: Raw) =>
		make('opportunity', {
			name: 'Deal',
			estimatedvalue: 1,
			'customerid.contact': customer,
			parentcontactid: null,
		});
	const connection = (whom: Raw, role: Raw = 'Buyer') =>
		make('connection', {
			name: role,
			record1id: deal(1),
			record2id: whom,
			'record2roleid.name': role,
		});
	const ticket = (whom: Raw) =>
		make('new_ticket', { name: 'Ticket', new_size: 1, new_customerid: whom });
	/** A contact who has a person, and a lead with the same e-mail, which stands behind it. */
	const twins: Step[] = [
		pair('contact'),
		{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
		cycle(),
	];
	const lost: Befalls = { kind: 'lost', at: 'upsert' };
	return {
		'R39: a role comes before its opportunity and its person': roles([
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			opportunity(contact(1)),
			...run('roles'),
			...both,
			cycle(),
			...run('roles'),
		]),
		'R39: a role waits for a lead that comes to stand behind a contact': roles([
			{ do: 'row', table: 'lead', choices: [0, B, 1, 1, 1, 1] },
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			opportunity(null),
			connection(lead(1)),
			...both,
			cycle(),
			...run('roles'),
		]),
		'R39: a lead and its contact have one role, and the row of one of them goes': roles([
			...twins,
			opportunity(null),
			connection(contact(1)),
			connection(lead(2)),
			...both,
			drop('connection', 0),
			...run('roles'),
		]),
		'R39: a lead that has a role gets a person of its own': roles([
			...twins,
			opportunity(null),
			connection(lead(2)),
			...both,
			edit(2, 7, 0),
			cycle(),
			cycle(),
			...run('roles'),
		]),
		'R39: who has a role is unlinked, and linked with somebody else': roles([
			pair('contact'),
			cycle(),
			opportunity(contact(1)),
			...both,
			{ do: 'unlink', which: 0 },
			{ do: 'person', choices: [OWN_MAILBOX, B, 1, 1, 1, 1] },
			{ do: 'linkByHand', which: 0, whom: 1 },
			cycle(),
			...run('roles'),
		]),
		'R39: a row waits behind another one, which stands for something else as their person comes':
			roles([
				{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
				opportunity(null),
				connection(contact(1), 'Influencer'),
				connection(contact(1)),
				...both,
				change('connection', 0, { 'record2roleid.name': 'Buyer' }),
				...run('roles'),
				cycle(),
				change('connection', 1, { 'record2roleid.name': 'Seller' }),
				...run('roles'),
			]),
		'R39: a row waits behind another one, which is deleted as their person comes': roles([
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			opportunity(null),
			connection(contact(1)),
			...both,
			connection(contact(1)),
			...run('roles'),
			cycle(),
			drop('connection', 0),
			...run('roles'),
		]),
		'R39: who has a role is unlinked': roles([
			pair('contact'),
			cycle(),
			opportunity(contact(1)),
			...both,
			{ do: 'unlink', which: 0 },
			cycle(),
		]),
		'R39: an opportunity is deleted while it has roles': roles([
			pair('contact'),
			cycle(),
			opportunity(contact(1)),
			connection(contact(1)),
			...both,
			drop('opportunity', 0),
			...both,
			...run('opportunities'),
		]),
		'R39: who is the potential customer is deleted, merged and made again': roles([
			pair('contact'),
			pair('contact', A, A, 1),
			cycle(),
			opportunity(contact(1)),
			connection(contact(2)),
			...both,
			{ do: 'remove', which: 2 },
			cycle(),
			edit(0, A),
			cycle(),
			{ do: 'mergeRows', which: 1, into: 0 },
			cycle(),
			...run('roles'),
		]),
		'R17: an opportunity is made without an answer, and deleted before anybody has looked': roles([
			opportunity(null),
			...run('opportunities', lost),
			drop('opportunity', 0),
			...run('opportunities'),
			...run('opportunities'),
		]),
		'R17: a role is made without an answer, and its row says another one by then': roles([
			pair('contact'),
			pair('contact', A, A, 1),
			cycle(),
			opportunity(contact(1)),
			...both.slice(0, 2),
			...run('roles', lost),
			change('opportunity', 0, { 'customerid.contact': contact(2) }),
			...run('roles'),
			...run('roles'),
		]),
		'R17: an opportunity that is to be deleted is restored while nobody has answered': roles([
			pair('contact'),
			cycle(),
			opportunity(contact(1)),
			...both,
			drop('opportunity', 0),
			...run('roles', { kind: 'lost', at: 'remove' }),
			...run('opportunities', { kind: 'lost', at: 'remove' }),
			back('opportunity'),
			...both,
			...both,
		]),
		'R39: a ticket comes before its person': tickets([
			{ do: 'row', table: 'contact', choices: [0, B, 1, 1, 1, 1] },
			ticket(contact(1)),
			...run('tickets'),
			cycle(),
			...run('tickets'),
		]),
		'R39: a ticket is made without an answer, and its person is unlinked by then': tickets([
			pair('contact'),
			cycle(),
			ticket(contact(1)),
			...run('tickets', lost),
			{ do: 'unlink', which: 0 },
			...run('tickets'),
			...run('tickets'),
		]),
	};
}

/** A request takes effect after its sender is dead: at which moment, chance decides. */
function inflight(): Record<string, History> {
	const histories: Record<string, History> = {};
	for (let seed = 1; seed <= 6; seed++) {
		histories[`R17: a write lands after its sender is dead (${seed})`] = {
			seed,
			habits: habits('title'),
			steps: [
				pair('contact'),
				cycle(),
				edit(ROW, A),
				cycle({ kind: 'crashProcess', gate: onItsWay }),
				edit(ROW, NO),
				cycle(),
				cycle(),
			],
		};
		histories[`R23: a create lands after its sender is dead (${seed})`] = {
			seed,
			habits: habits('title'),
			steps: [
				{ do: 'row', table: 'lead', choices: [0, A, 1, 1, 1, 1] },
				cycle({ kind: 'crashProcess', gate: 'update Marketo: marketo.create' }),
				edit(ROW, 6, 0),
				cycle(),
				cycle(),
			],
		};
	}
	return histories;
}

/** People whom campaigns ask for, beside the pages of the sync and each other. */
function atOnce(): Record<string, History> {
	const set = (steps: Step[], seed = 1): History => ({
		seed,
		habits: habits('title'),
		steps: [pair('lead'), cycle(), ...steps, cycle()],
	});
	const histories: Record<string, History> = {};
	for (let seed = 1; seed <= 4; seed++) {
		histories[`R24: an execution is held up until others may work on its person (${seed})`] = set(
			[
				person(NO_MAILBOX),
				ask([-1], [{ kind: 'stall', gate: found }]),
				pass(400),
				ask([-1], [{ kind: 'stall', ...decided }]),
				{ do: 'wake' },
				serve,
			],
			seed,
		);
	}
	// Who goes on first, chance decides: in some of these the one that was held up looks for rows just before the other makes one.
	for (const seed of [4, 5, 7, 22]) {
		// The first of the second call takes over what was held up, and dies.
		const second = ask(
			[-2],
			[
				{ kind: 'crash', page: 0 },
				{ kind: 'stall', page: 1, ...decided },
			],
			{ calls: 2, executions: 2 },
		);
		histories[`R24: an execution is held up until others may claim its e-mail (${seed})`] = set(
			[
				person(2),
				person(2),
				ask([-1], [{ kind: 'stall', ...claimedMailbox }]),
				pass(400),
				second,
				{ do: 'wake' },
				serve,
			],
			seed,
		);
	}
	return {
		...histories,
		'R20: a row is made, nobody keeps the answer, and another row is merged into it': set([
			person(2),
			ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
			{ do: 'mergeRows', which: 0, into: 0 },
			cycle(),
		]),
		'R4: people are edited while rows are made for them, and a page reads of it before they are linked':
			set(
				[
					...[200, 201, 202, 203].map((mailbox) => person(mailbox)),
					pass(400),
					ask(
						[-1, -2, -3, -4],
						[0, 1, 2, 3].map((page) => ({
							...claimedMailbox,
							kind: 'edit',
							page,
							a: 5 - page,
							b: 1,
							c: B,
						})),
						{ executions: 4, beside: true },
					),
					cycle(),
				],
				2,
			),
		'R20: a row is not made in time, its person is edited, and the next try finds two with the e-mail':
			set([
				person(2),
				ask([-1], [{ kind: 'stall', ...decided }]),
				pass(100),
				{ do: 'wake' },
				serve,
				{ do: 'row', table: 'lead', choices: [2, A, 1, 1, A, A] },
				{ do: 'row', table: 'lead', choices: [2, A, 1, 1, A, A] },
				edit(4, B),
				pass(10),
				serve,
			]),
		'R20: a row is made, nobody keeps the answer, and the ledger is an old copy': set([
			person(NO_MAILBOX),
			{ do: 'keep' },
			ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
			{ do: 'restore' },
			{ do: 'adopt' },
			ask([-1]),
		]),
		'R20: a row is made, nobody keeps the answer, and the person is edited before the ledger is an old copy':
			set([
				person(NO_MAILBOX),
				{ do: 'keep' },
				ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
				edit(3, B),
				{ do: 'restore' },
				{ do: 'adopt' },
				ask([-1]),
			]),
		'R21: a row is made without an answer, and the person is edited before the next try': set([
			person(NO_MAILBOX),
			ask([-1], [{ kind: 'lost', gate: makes }]),
			edit(3, B),
			pass(300),
			serve,
		]),
		'R4: a row is edited and looked at while the execution that has made it is held up': set([
			person(2),
			ask([-1], [{ kind: 'stall', gate: `${makes} answered` }]),
			edit(ROW + 1, B),
			cycle(),
			{ do: 'wake' },
			serve,
		]),
		'R21: a row is made without an answer, and its user edits it before the next try': set([
			person(2),
			ask([-1], [{ kind: 'lost', gate: makes }]),
			edit(ROW + 1, B),
			pass(300),
			serve,
		]),
		'R21: a row is made without an answer, the person is edited, and the next try finds it only when it makes it':
			set(
				[
					person(2),
					ask(
						[-1],
						[
							{ kind: 'lost', gate: makes, b: 1 },
							{ kind: 'edit', gate: `${makes} lost`, a: 2, b: 1, c: B },
						],
					),
					ask([-1], [{ kind: 'stall', ...decided }]),
					pass(20),
					{ do: 'wake' },
					serve,
				],
				6,
			),
		'R21: a row is made without an answer, and its user empties it before the next try': set([
			person(2),
			ask([-1], [{ kind: 'lost', gate: makes }]),
			edit(ROW + 1, NOTHING),
			pass(300),
			serve,
		]),
		'R21: a row is made without an answer, and its user empties it before a page meets it': set([
			person(2),
			ask([-1], [{ kind: 'lost', gate: makes }]),
			edit(ROW + 1, NOTHING),
			pass(1000),
			cycle(),
		]),
		'R21: a row is made without an answer, gets another e-mail, and a user makes one of the old':
			set([
				person(2),
				ask([-1], [{ kind: 'lost', gate: makes }]),
				edit(1, 5, 0),
				{ do: 'row', table: 'contact', choices: [2, B, 1, 1, 1, 1] },
				pass(300),
				serve,
			]),
		'R21: an execution is held up after it has made a row, which is hidden from the one that tries again':
			set([
				person(2),
				ask([-1], [{ kind: 'stall', gate: `${makes} answered` }]),
				{ do: 'hide', which: 1, asDelete: false },
				pass(600),
				ask([-1]),
				{ do: 'wake' },
				serve,
			]),
		'R21: a row is made, and the execution dies before the ids are on the person': set([
			person(2),
			ask([-1], [{ kind: 'crash', gate: 'at once: marketo.update', at: 0 }]),
			serve,
		]),
		'R26: a row that says what its person says is linked at once, and emptied before a page': set([
			person(2),
			{ do: 'row', table: 'lead', choices: [2, A, 1, 1, 1, 1] },
			ask([-1]),
			edit(1, NOTHING),
		]),
		'R26: a row is linked at once by an execution that dies, and gets another e-mail': set([
			person(2),
			{ do: 'row', table: 'lead', choices: [2, B, 1, 1, 1, 1] },
			ask([-1], [{ kind: 'crash', gate: 'at once: marketo.update' }]),
			edit(1, 3, 0),
		]),
		'R29: a row is linked at once, its person deleted, and the row edited before any page has compared the two':
			set([
				person(2),
				{ do: 'row', table: 'lead', choices: [2, B, 1, 1, 1, 1] },
				ask([-1]),
				{ do: 'remove', which: 1 },
				edit(0, 3, 4),
				serve,
			]),
		'R24: two people of one e-mail, at the same moment in two executions': set([
			person(2),
			person(2),
			ask([-1], [{ kind: 'stall', ...decided }]),
			ask([-2]),
			{ do: 'wake' },
			serve,
		]),
		'R24: an execution is held up before it claims, and another one makes the row without an answer':
			set([
				person(NO_MAILBOX),
				ask([-1], [{ kind: 'stall', ...unclaimed }]),
				ask([-1], [{ kind: 'lost', gate: makes }]),
				{ do: 'wake' },
				serve,
			]),
		'R24: a row is made without an answer and arrives late, and another person of the e-mail is asked for meanwhile':
			set(
				[
					person(2),
					ask([-1], [{ kind: 'lost', gate: makes, b: 1 }]),
					person(2),
					ask([-1], [], { as: 'contact' }),
				],
				6,
			),
		'R24: five calls for one person at the same moment': set([
			person(2),
			ask([-1], [], { calls: 5, executions: 5 }),
		]),
		'R24: an execution is held up with a row that it has found, and another one makes one meanwhile':
			set([
				person(2),
				{ do: 'row', table: 'lead', choices: [2, B, 1, 1, 1, 1] },
				ask([-1], [{ kind: 'stall', gate: found }]),
				edit(1, 5, 0),
				pass(400),
				ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
				{ do: 'wake' },
				serve,
			]),
		'R24: an execution is held up before it makes a row, and a user makes one': set([
			person(2),
			ask([-1], [{ kind: 'stall', ...decided }]),
			{ do: 'row', table: 'lead', choices: [2, B, 1, 1, 1, 1] },
			pass(400),
			cycle(),
			{ do: 'wake' },
			serve,
		]),
		'R24: an execution is held up before it makes a row, and a user deletes the one that another made':
			set([
				person(2),
				ask([-1], [{ kind: 'stall', ...decided }]),
				pass(400),
				serve,
				cycle(),
				{ do: 'remove', which: 1 },
				pass(60),
				{ do: 'wake' },
				serve,
			]),
		'R24: the sync makes a person for a row while a row is made for a person': set([
			person(2),
			ask([-1], [{ kind: 'stall', gate: found }]),
			{ do: 'row', table: 'contact', choices: [2, B, 1, 1, 1, 1] },
			cycle(),
			{ do: 'wake' },
			serve,
		]),
		'R29: a row is made without an answer, deleted, and made again under its id': set([
			person(2),
			ask([-1], [{ kind: 'lost', gate: makes }]),
			{ do: 'remove', which: 1 },
			pass(10),
			serve,
		]),
		'R29: a row is deleted while its ids are written to the person, who gets them late': set([
			person(2),
			pass(270),
			ask(
				[-1],
				[
					{ kind: 'lost', gate: 'at once: marketo.update', b: 1 },
					{ kind: 'remove', gate: 'at once: marketo.update lost', a: 1 },
				],
			),
		]),
		'R29: a row whose answer nobody has kept is deleted and restored, and its person asked for again':
			set([
				person(NO_MAILBOX),
				ask([-1], [{ kind: 'crash', gate: `${makes} answered` }]),
				{ do: 'remove', which: 1 },
				pass(800),
				cycle(),
				{ do: 'takeBack', which: 0 },
				ask([-1]),
			]),
		'R29: a row that was made is deleted by its user, and the person is asked for again': set([
			person(2),
			ask([-1]),
			cycle(),
			{ do: 'remove', which: 1 },
			cycle(),
			ask([-1]),
		]),
	};
}
