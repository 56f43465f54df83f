import type { LinkField } from './linkFields';

const field = (
	name: string,
	label: string,
	dataType: LinkField['dataType'],
	column: string,
): LinkField => ({
	name,
	label,
	dataType,
	description: `${column} of the lead or contact in Dynamics 365`,
});

/**
 * Person fields that Adobe's native Dynamics sync brings along for its default mapping, and that an
 * instance without it lacks. *Marketo: Prepare* makes them, so that the shipped mapping is whole.
 */
export const DEFAULT_MAPPING_FIELDS: readonly LinkField[] = [
	field('microsoftAddress2', 'Microsoft Address 2', 'string', 'Street 2'),
	field('microsoftAddress3', 'Microsoft Address 3', 'string', 'Street 3'),
	field('microsoftDoNotEmail', 'Microsoft Do Not Email', 'boolean', 'Do not allow Emails'),
	field('microsoftDoNotFax', 'Microsoft Do Not Fax', 'boolean', 'Do not allow Faxes'),
	field(
		'microsoftDoNotSendMarketingMaterial',
		'Microsoft Do Not Send Marketing Material',
		'boolean',
		'Marketing Material',
	),
	field('microsoftHomePhone', 'Microsoft Home Phone', 'string', 'Home Phone'),
	field(
		'microsoftPreferredMethodOfContact',
		'Microsoft Preferred Method Of Contact',
		'string',
		'Preferred Method of Contact',
	),
	field('microsoftStatusReason', 'Microsoft Status Reason', 'string', 'Status Reason'),
	field('microsoftTopic', 'Microsoft Topic', 'string', 'Topic'),
];
