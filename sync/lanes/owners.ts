import type { LaneDefinition } from './definition';

/** Users, and by choice teams, as Marketo's sales persons: one way, as in Adobe's sync. */
export const OWNERS = 'owners';

/** What Marketo has of a user or team. */
export const SALES_PERSON = 'salesPerson';

const ID_FIELD = 'externalSalesPersonId';
const NATIVE = { winner: 'dynamics', rule: 'Dynamics always wins' } as const;

/** Teams become sales persons where the mapping has rows for them; Adobe's sync leaves them out. */
export const OWNERS_LANE: LaneDefinition = {
	id: OWNERS,
	object: SALES_PERSON,
	tables: [
		{
			name: 'systemuser',
			label: 'User',
			needed: ['fullname'],
			names: ['fullname'],
			idField: ID_FIELD,
			native: NATIVE,
		},
		{
			name: 'team',
			label: 'Team',
			needed: ['name'],
			names: ['name'],
			idField: ID_FIELD,
			native: NATIVE,
		},
	],
	twoWay: null,
};
