import type { INodeProperties } from 'n8n-workflow';

import { FILTER_COLUMN } from '../../../sync/lanes/definition';
import { conditionsControl, FIXED, matchControl } from '../../shared/conditionsControl';

/** Who takes part in the sync: options of *Get Dynamics Changes*. Without any of them, as in Adobe's sync. */

function describedFor(rows: string): string {
	return `Only ${rows.toLowerCase()} that meet the conditions are synced. After a change of the filter, all ${rows.toLowerCase()} are checked again, in the background.`;
}

function toSync(rows: string, name: string, loadOptionsMethod: string): INodeProperties {
	return conditionsControl(
		{ displayName: `${rows} to Sync`, name, description: describedFor(rows) },
		{ loadOptionsMethod },
		FIXED,
	);
}

function mustMatch(rows: string, name: string): INodeProperties {
	return matchControl({
		displayName: `${rows} Must Match`,
		name,
		description: `How several conditions of ${rows} to Sync are combined`,
	});
}

export const LEADS_TO_SYNC = toSync('Leads', 'leadFilter', 'getLeadColumns');
export const LEADS_MUST_MATCH = mustMatch('Leads', 'leadMatch');
export const CONTACTS_TO_SYNC = toSync('Contacts', 'contactFilter', 'getContactColumns');
export const CONTACTS_MUST_MATCH = mustMatch('Contacts', 'contactMatch');

export const ACCOUNTS_TO_SYNC = toSync('Accounts', 'accountFilter', 'getAccountColumns');
export const ACCOUNTS_MUST_MATCH = mustMatch('Accounts', 'accountMatch');
export const OPPORTUNITIES_TO_SYNC = toSync(
	'Opportunities',
	'opportunityFilter',
	'getOpportunityColumns',
);
export const OPPORTUNITIES_MUST_MATCH = mustMatch('Opportunities', 'opportunityMatch');
/** Which table that is says *Resolve Sync Conflict*, so that its columns cannot be listed here. */
export const CUSTOM_ROWS_TO_SYNC = conditionsControl(
	{
		displayName: 'Rows of the Custom Table to Sync',
		name: 'customFilter',
		description: describedFor('Rows of the custom table'),
	},
	null,
	FIXED,
);
export const CUSTOM_ROWS_MUST_MATCH = mustMatch('Rows of the Custom Table', 'customMatch');

export const SYNC_COLUMN: INodeProperties = {
	displayName: 'Sync to Marketo Column',
	name: 'syncColumn',
	type: 'options',
	...FIXED,
	options: [
		{ name: 'No Leaves a Record Out', value: 'heed' },
		{ name: 'Ignore', value: 'ignore' },
	],
	default: 'heed',
	description: `What the yes/no column ${FILTER_COLUMN} means where a table has it: as in Adobe's sync, a record in which it is No is left out; empty and Yes take part`,
};

export const WHEN_LEFT_OUT: INodeProperties = {
	displayName: 'When a Record Is Left Out',
	name: 'whenLeft',
	type: 'options',
	...FIXED,
	options: [
		{
			name: 'Flag the Person',
			value: 'flag',
			description:
				'Nothing is synced, as with Leave, and Dynamics Left Out is set to true on the person in Marketo',
		},
		{
			name: 'Leave the Person As It Is',
			value: 'leave',
			description:
				'No values are synced in either direction; once the record takes part again, what was edited in the meantime is synced',
		},
		{
			name: 'Unlink the Person',
			value: 'unlink',
			description:
				'The sync forgets the link; once the record takes part again, the two are compared as if for the first time',
		},
	],
	default: 'leave',
	description: 'What happens to the person of a lead or contact that was synced before',
};

export const WHEN_MERGED: INodeProperties = {
	displayName: 'When Two Linked Records Are Merged',
	name: 'whenMerged',
	type: 'options',
	...FIXED,
	options: [
		{
			name: 'Merge Their People in Marketo',
			value: 'merge',
			description:
				'For good: where the person of the record that stays has nothing, what the other one has is taken over, with all activities',
		},
		{
			name: 'Unlink the Other Person',
			value: 'unlink',
			description:
				'Both people stay in Marketo; the person of the merged record is no longer synced',
		},
	],
	default: 'unlink',
	description:
		'What happens to the second person when two leads or two contacts that each have a person are merged in Dynamics 365. If only one has a person, that person is linked with the record that stays.',
};

export const WHEN_PEOPLE_MERGED: INodeProperties = {
	displayName: 'When Two Linked People Are Merged',
	name: 'whenPeopleMerged',
	type: 'options',
	...FIXED,
	options: [
		{
			name: 'List the Duplicate',
			value: 'name',
			description:
				'The lead or contact of the other person is listed in Sync needs help and no longer synced; merge the two in Dynamics 365 when it suits you',
		},
		{
			name: 'Merge Their Records in Dynamics',
			value: 'merge',
			description:
				'For good: the lead or contact of the other person is deactivated, and what belongs to it goes to the one that stays. If it has values that its person never got, it is listed instead.',
		},
	],
	default: 'name',
	description:
		'What happens to the second record when two people who each have a lead, or each have a contact, are merged in Marketo. The values of the person who stays are synced to the record that stays.',
};
