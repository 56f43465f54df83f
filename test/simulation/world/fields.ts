import { peopleLane } from '../../../sync/lanes/people';
import type { PersonLinkFields } from '../../../sync/ports';
import type { Column, Raw, ValueType } from '../../../sync/values';

/** A pair of a Dynamics column and a Marketo field that histories play with. */
export interface FieldPair {
	column: string;
	field: string;
	type: ValueType;
}

/** The first is always mapped: people are matched by e-mail. */
export const PAIRS: readonly FieldPair[] = [
	{ column: 'emailaddress1', field: 'email', type: 'email' },
	{ column: 'jobtitle', field: 'title', type: 'text' },
	{ column: 'numberofemployees', field: 'employees', type: 'integer' },
	{ column: 'donotbulkemail', field: 'unsubscribed', type: 'boolean' },
	{ column: 'telephone1', field: 'phone', type: 'phone' },
	{ column: 'description', field: 'comments', type: 'longText' },
];

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
	...(type === 'text' || type === 'phone' ? { maxLength: 40 } : {}),
	canCreate: true,
	canUpdate: true,
	required: false,
});

export const DYNAMICS_COLUMNS: Column[] = [
	...PAIRS.map((pair) => column(pair.column, pair.type)),
	column('createdon', 'dateTime'),
	column('fullname', 'text'),
];

export const PERSON_FIELDS: Column[] = [
	...PAIRS.map((pair) => column(pair.field, pair.type)),
	...Object.entries(LINK_TYPES).map(([name, type]) => column(name, type)),
	column('firstName', 'text'),
	column('lastName', 'text'),
];

/** Of accounts, for the second lane. */
const ACCOUNT_COLUMNS: Column[] = [column('name', 'text'), column('address1_city', 'text')];

const KNOWN = new Map(
	[...DYNAMICS_COLUMNS, ...PERSON_FIELDS, ...ACCOUNT_COLUMNS].map((one) => [one.name, one]),
);

export function columnNamed(name: string): Column {
	return KNOWN.get(name)!;
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
export function typedValue(type: ValueType, choice: number, fresh: number): Raw {
	const kind = choice % 8;
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
