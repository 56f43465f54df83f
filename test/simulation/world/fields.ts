import { FILTER_COLUMN } from '../../../sync/lanes/definition';
import { peopleLane } from '../../../sync/lanes/people';
import type { Transform } from '../../../sync/mapping';
import type { PersonLinkFields } from '../../../sync/ports';
import type { Column, Raw, ValueType } from '../../../sync/values';

/** A column and the field that stands beside it. */
export interface PairNames {
	column: string;
	field: string;
}

/** A pair of a Dynamics column and a Marketo field that histories play with. */
export interface FieldPair extends PairNames {
	/** Of the column, and of the field where that has another one. */
	type: ValueType;
	fieldType?: ValueType;
	/** How a value becomes the other side's, where it does not stay as it is; and what the mapping says for that. */
	way?: 'inverted' | 'label' | 'number' | 'day' | 'short';
	transform?: Transform;
}

/** Choices by number. Two have one label, and one has a comma in it. */
export const INDUSTRIES: Readonly<Record<number, string>> = {
	1: 'Retail',
	2: 'Sales, EMEA',
	3: 'Bank',
	4: 'Bank',
};
/** Where days are picked. */
export const ZONE = 'Europe/Berlin';
/** Most letters of the short column. */
export const SHORT = 4;

/** The first is always mapped: people are matched by e-mail. */
export const PAIRS: readonly FieldPair[] = [
	{ column: 'emailaddress1', field: 'email', type: 'email' },
	{ column: 'jobtitle', field: 'title', type: 'text' },
	{ column: 'numberofemployees', field: 'employees', type: 'integer' },
	{ column: 'donotbulkemail', field: 'unsubscribed', type: 'boolean' },
	{ column: 'telephone1', field: 'phone', type: 'phone' },
	{ column: 'description', field: 'comments', type: 'longText' },
];

/** Pairs that are not of one kind on both sides. */
export const ODD_PAIRS: readonly FieldPair[] = [
	{
		column: 'industrycode',
		field: 'industry',
		type: 'choice',
		fieldType: 'text',
		way: 'label',
	},
	{ column: 'revenue', field: 'annualRevenue', type: 'decimal', fieldType: 'text', way: 'number' },
	{
		column: 'birthdate',
		field: 'bornAt',
		type: 'date',
		fieldType: 'dateTime',
		way: 'day',
		transform: { zone: ZONE },
	},
	{
		column: 'donotphone',
		field: 'mayCall',
		type: 'boolean',
		way: 'inverted',
		transform: { invert: true },
	},
	{ column: 'nickname', field: 'alias', type: 'text', way: 'short' },
];

export const ALL_PAIRS: readonly FieldPair[] = [...PAIRS, ...ODD_PAIRS];

/** By either of its names. */
export function pairOf(name: string): FieldPair | undefined {
	return ALL_PAIRS.find(({ column, field }) => column === name || field === name);
}

export const LINK_FIELDS: PersonLinkFields = {
	leadId: 'msLeadId',
	contactId: 'msContactId',
	type: 'msType',
	createdDate: 'msCreatedDate',
	isDeleted: 'msIsDeleted',
	lastSync: 'msLastSync',
};

/** The lane of people in this Marketo. */
export const LANE = peopleLane(LINK_FIELDS);

const LINK_TYPES: Record<string, ValueType> = {
	msLeadId: 'id',
	msContactId: 'id',
	msType: 'text',
	msCreatedDate: 'dateTime',
	msIsDeleted: 'boolean',
	msLastSync: 'dateTime',
};

const column = (name: string, type: ValueType): Column => ({
	name,
	label: name,
	type,
	...(type === 'text' || type === 'phone' ? { maxLength: name === 'nickname' ? SHORT : 40 } : {}),
	...(type === 'decimal' ? { precision: 2 } : {}),
	...(type === 'choice'
		? { options: Object.entries(INDUSTRIES).map(([value, label]) => ({ value: +value, label })) }
		: {}),
	canCreate: true,
	canUpdate: true,
	required: false,
});

/** All that a row can be in: one that is not described has the columns described anew. */
const STATES = ['Open', 'Qualified', 'Disqualified'].map((label, value) => ({ value, label }));

export const DYNAMICS_COLUMNS: Column[] = [
	...ALL_PAIRS.map((pair) => column(pair.column, pair.type)),
	column('createdon', 'dateTime'),
	column('fullname', 'text'),
	// R28, R49: pages ask for them in any case, campaigns only where they are described.
	{ ...column('statecode', 'choice'), options: STATES },
	column('masterid', 'text'),
];

/** Only where histories play with the filter. */
export const FILTER: Column = column(FILTER_COLUMN, 'boolean');

export const PERSON_FIELDS: Column[] = [
	...ALL_PAIRS.map((pair) => column(pair.field, pair.fieldType ?? pair.type)),
	...Object.entries(LINK_TYPES).map(([name, type]) => column(name, type)),
	column('firstName', 'text'),
	column('lastName', 'text'),
];

const KNOWN = new Map([...DYNAMICS_COLUMNS, ...PERSON_FIELDS].map((one) => [one.name, one]));

/** What other lanes have of their own counts as a text here. */
export function columnNamed(name: string): Column {
	return KNOWN.get(name) ?? column(name, 'text');
}

export const MAILBOXES = ['ann@x.test', 'bob@x.test', 'cy@x.test', 'dee@x.test'];

/** Numbers from here on: a mailbox that hardly anybody else has. */
export const OWN_MAILBOX = 100;

export function typedMailbox(choice: number): Raw {
	if (choice >= OWN_MAILBOX) return `n${choice}@x.test`;
	return choice % 6 === 5 ? null : MAILBOXES[choice % 4]!;
}

/**
 * The value a user types: small sets collide on purpose, the first few are those that programs like to
 * confuse with "nothing", and high numbers are fresh.
 */
export function typedValue(name: string, choice: number, fresh: number): Raw {
	const kind = choice % 8;
	const own = TYPED[name];
	if (own) return own[kind]!;
	const { type } = columnNamed(name);
	switch (type) {
		case 'boolean':
			return [true, false, null, true][choice % 4]!;
		case 'integer':
			return [0, 1, null, 2, 0, 7][kind] ?? (kind === 2 ? null : 100 + fresh);
		case 'email':
			return kind === 7 ? null : kind < 4 ? MAILBOXES[kind]! : `u${fresh}@x.test`;
		case 'phone':
			return ['0', null, '', '1-2', '1-3'][kind] ?? (kind === 1 ? null : `9-${fresh}`);
		default:
			return kind === 1 ? null : (['0', null, '', 'a', 'b', 'No'][kind] ?? `v${fresh}`);
	}
}

/** What users type where the two sides differ, and some of it is nothing for the other one. */
const TYPED: Readonly<Record<string, readonly Raw[]>> = {
	industrycode: [1, null, 2, 3, 4, 2, 1, 3],
	industry: ['Retail', null, 'Sales, EMEA', 'Bank', 'Bank (4)', 'Nonsense', '2', ' retail'],
	revenue: [0, null, 12.5, 7, 1000000, 0.01, -3, 99.99],
	annualRevenue: ['0', null, '12.5', '7.00', 'much', '', '12.345', ' 99.99'],
	birthdate: [
		'2026-03-29',
		null,
		'2024-02-29',
		'1999-12-31',
		'2026-10-25',
		'2000-01-01',
		null,
		'1970-01-01',
	],
	bornAt: [
		'2026-03-28T23:00:00Z',
		null,
		'2024-02-29T22:59:59Z',
		'1999-12-31T23:30:00Z',
		'2026-10-25T00:30:00Z',
		'2000-01-01T12:00:00Z',
		null,
		'2026-07-01T22:00:00Z',
	],
	nickname: ['A', null, 'Bo', '', 'Cleo', 'No', '0', 'Dee'],
	alias: ['A', null, 'Bo', '', 'Bartholomew', 'No', '0', 'Cleopatra'],
};
