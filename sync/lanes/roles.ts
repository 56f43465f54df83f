import { isBlank, type Raw } from '../values';
import type { LaneDefinition, NeededOf, StandsFor } from './definition';
import { OPPORTUNITIES, OPPORTUNITY_KEY } from './opportunities';
import { PEOPLE } from './people';

/** Who has to do with an opportunity: what ties people to it in Marketo. One way, as in Adobe's sync. */
export const ROLES = 'roles';

/** What Marketo has of it. */
export const OPPORTUNITY_ROLE = 'opportunityRole';

/** Opportunities once more, for whom they name as their potential customer. */
export const POTENTIAL_CUSTOMER = 'potentialcustomer';
export const CONNECTION = 'connection';

/** What Marketo takes. */
const LONGEST_ROLE = 50;
const NATIVE = { winner: 'dynamics', rule: 'Dynamics always wins' } as const;

/** Object type codes. */
const IS_OPPORTUNITY = 3;
const IS_PERSON: readonly Raw[] = [2, 4];
const ACTIVE = 0;

/** An opportunity has one potential customer; stakeholders come by connections of the two. */
export const ROLES_LANE: LaneDefinition = {
	id: ROLES,
	object: OPPORTUNITY_ROLE,
	tables: [
		{
			name: POTENTIAL_CUSTOMER,
			source: 'opportunity',
			label: 'Potential Customer',
			needed: ['name', 'customerid.contact', 'parentcontactid'],
			names: ['name'],
			idField: OPPORTUNITY_KEY,
			native: NATIVE,
			standsFor: ({ id, values }) =>
				isBlank(values['customerid.contact'])
					? roleOf(id, values.parentcontactid, 'Contact')
					: roleOf(id, values['customerid.contact'], 'Potential Customer'),
		},
		{
			name: CONNECTION,
			label: 'Stakeholder',
			needed: [
				'name',
				'record1id',
				'record1objecttypecode',
				'record2id',
				'record2objecttypecode',
				'record2roleid.name',
				'statecode',
			],
			names: ['name'],
			idField: OPPORTUNITY_KEY,
			native: NATIVE,
			standsFor: stakeholder,
		},
	],
	twoWay: null,
};

/** Dynamics keeps a connection twice, once from each end: the one that goes out from the opportunity counts. */
function stakeholder({ values }: NeededOf): StandsFor | null {
	const isOne =
		values.record1objecttypecode === IS_OPPORTUNITY &&
		IS_PERSON.includes(values.record2objecttypecode ?? null) &&
		values.statecode === ACTIVE;
	if (!isOne) return null;
	const role = values['record2roleid.name'];
	return roleOf(values.record1id, values.record2id, isBlank(role) ? 'Stakeholder' : String(role));
}

function roleOf(opportunity: Raw | undefined, person: Raw | undefined, role: string) {
	if (isBlank(opportunity) || isBlank(person)) return null;
	const parent = (field: string, lane: string, id: Raw, by: 'row' | 'record') =>
		({ field, lane, dynamicsId: String(id).toLowerCase(), by }) as const;
	return {
		key: { role: [...role.trim()].slice(0, LONGEST_ROLE).join('') },
		parents: [
			parent(OPPORTUNITY_KEY, OPPORTUNITIES, opportunity, 'row'),
			parent('leadId', PEOPLE, person, 'record'),
		],
	};
}
