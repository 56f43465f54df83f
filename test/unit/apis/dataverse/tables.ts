import type {
	ColumnType,
	DataverseColumn,
	DataverseTable,
} from '../../../../apis/dataverse/metadata/table';

/** A column for tests; writable text unless told otherwise. */
export function column(name: string, more: Partial<DataverseColumn> = {}): DataverseColumn {
	return {
		name,
		label: name.toUpperCase(),
		type: 'String' as ColumnType,
		required: 'None',
		canRead: true,
		canCreate: true,
		canUpdate: true,
		isCustom: false,
		isPrimaryId: false,
		isPrimaryName: false,
		...more,
	};
}

/** A small lead table with a column of each kind. */
export const LEAD: DataverseTable = {
	name: 'lead',
	label: 'Lead',
	set: 'leads',
	idColumn: 'leadid',
	nameColumn: 'fullname',
	changeTracking: true,
	rowVersions: true,
	keys: [],
	columns: [
		column('leadid', {
			type: 'Uniqueidentifier',
			canUpdate: false,
			isPrimaryId: true,
			required: 'SystemRequired',
		}),
		column('fullname', { canCreate: false, canUpdate: false, isPrimaryName: true }),
		column('firstname', { maxLength: 50 }),
		column('emailaddress1', { format: 'Email', maxLength: 100 }),
		column('description', { type: 'Memo', maxLength: 2000 }),
		column('numberofemployees', { type: 'Integer', min: 0, max: 1_000_000 }),
		column('revenue', { type: 'Money', precision: 2, min: 0, max: 1e14 }),
		column('donotemail', {
			type: 'Boolean',
			choices: [
				{ value: 0, label: 'Allow' },
				{ value: 1, label: 'Do Not Allow' },
			],
		}),
		column('leadsourcecode', {
			type: 'Picklist',
			choices: [
				{ value: 1, label: 'Advertisement', also: ['Werbung'] },
				{ value: 8, label: 'Web' },
				{ value: 20, label: 'Other' },
				{ value: 21, label: 'other' },
			],
		}),
		column('new_topics', {
			type: 'MultiSelectPicklist',
			choices: [
				{ value: 1, label: 'Tea' },
				{ value: 2, label: 'Milk, sugar' },
				{ value: 3, label: 'Coffee' },
			],
		}),
		column('estimatedclosedate', {
			type: 'DateTime',
			format: 'DateOnly',
			dateBehavior: 'DateOnly',
		}),
		column('new_visit', { type: 'DateTime', format: 'DateAndTime', dateBehavior: 'UserLocal' }),
		column('new_opening', {
			type: 'DateTime',
			format: 'DateAndTime',
			dateBehavior: 'TimeZoneIndependent',
		}),
		column('modifiedon', {
			type: 'DateTime',
			dateBehavior: 'UserLocal',
			canCreate: false,
			canUpdate: false,
		}),
		column('modifiedby', {
			type: 'Lookup',
			targets: ['systemuser'],
			bindings: [
				{
					navigation: 'modifiedby',
					table: 'systemuser',
					set: 'systemusers',
					idColumn: 'systemuserid',
					nameColumn: 'fullname',
				},
			],
			canCreate: false,
			canUpdate: false,
		}),
		column('ownerid', {
			type: 'Owner',
			targets: ['systemuser', 'team'],
			bindings: [
				{
					navigation: 'ownerid',
					table: 'systemuser',
					set: 'systemusers',
					idColumn: 'systemuserid',
					nameColumn: 'fullname',
				},
				{
					navigation: 'ownerid',
					table: 'team',
					set: 'teams',
					idColumn: 'teamid',
					nameColumn: 'name',
				},
			],
		}),
		column('customerid', {
			type: 'Customer',
			targets: ['account', 'contact'],
			bindings: [
				{
					navigation: 'customerid_account',
					table: 'account',
					set: 'accounts',
					idColumn: 'accountid',
					nameColumn: 'name',
				},
				{
					navigation: 'customerid_contact',
					table: 'contact',
					set: 'contacts',
					idColumn: 'contactid',
					nameColumn: 'fullname',
				},
			],
		}),
	],
};
