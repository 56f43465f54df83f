import type { PersonLinkFields } from '../ports';
import { FILTER_COLUMN, type LaneDefinition } from './definition';

/** Leads, contacts and people are one lane: they share the person. */
export const PEOPLE = 'people';

/** What Marketo has of them. */
export const PERSON = 'person';

/** The column of leads and contacts by which people are matched. */
export const EMAIL_COLUMN = 'emailaddress1';

/** The company's name only where it is mapped. */
const NAMES = ['fullname', 'companyname', EMAIL_COLUMN];
const STANDING = { state: 'statecode', master: 'masterid' };
const NEEDED = ['fullname', EMAIL_COLUMN, 'createdon', STANDING.state, STANDING.master];

/** A lead that was qualified names the contact that it has become (native-sync N). */
const QUALIFIED = { state: 1, column: 'parentcontactid', table: 'contact' } as const;

/** The lane of leads, contacts and people, with the person fields that *Prepare* has made. */
export function peopleLane({ leadId, contactId, ...marks }: PersonLinkFields): LaneDefinition {
	return {
		id: PEOPLE,
		object: PERSON,
		// Contacts first: where a lead and a contact share an e-mail, the contact is the partner (R27).
		tables: [
			{
				name: 'contact',
				label: 'Contact',
				needed: NEEDED,
				deactivated: 1,
				names: NAMES,
				filterColumn: FILTER_COLUMN,
				idField: contactId,
				native: {
					winner: 'dynamics',
					rule: "Dynamics wins for contacts (as in Adobe's sync)",
				},
			},
			{
				name: 'lead',
				label: 'Lead',
				needed: [...NEEDED, QUALIFIED.column],
				becomes: QUALIFIED,
				deactivated: 2,
				keepsClosed: true,
				names: NAMES,
				filterColumn: FILTER_COLUMN,
				idField: leadId,
				native: { winner: 'marketo', rule: "Marketo wins for leads (as in Adobe's sync)" },
			},
		],
		twoWay: { email: { column: EMAIL_COLUMN, field: 'email' }, standing: STANDING, marks },
	};
}
