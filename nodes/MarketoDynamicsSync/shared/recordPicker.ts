import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Table } from '../../../sync/items';
import type { RecordReference } from '../../../sync/operate/record';

const GUID = '[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}';
const ANY = 'any';

/** One record: its table, where the ID alone does not say it, and the ID of either system. */
export const RECORD_PICKER: INodeProperties[] = [
	{
		displayName: 'Table',
		name: 'table',
		type: 'options',
		options: [
			{ name: 'Account', value: 'account' },
			{ name: 'Any', value: ANY, description: 'Whatever the ID belongs to' },
			{ name: 'Connection', value: 'connection', description: 'A stakeholder of an opportunity' },
			{ name: 'Contact', value: 'contact' },
			{ name: 'Lead', value: 'lead' },
			{ name: 'Opportunity', value: 'opportunity' },
			{ name: 'Person', value: 'person', description: 'A person of Marketo' },
			{
				name: 'Potential Customer',
				value: 'potentialcustomer',
				description: 'The opportunity role of the potential customer, by the ID of the opportunity',
			},
			{ name: 'Team', value: 'team' },
			{ name: 'User', value: 'systemuser' },
		],
		default: ANY,
		description: 'What kind of record it is',
	},
	{
		displayName: 'Record',
		name: 'record',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description: 'The record, from the list or by its ID in Dynamics 365 or Marketo',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose a record...',
				typeOptions: { searchListMethod: 'searchRecords', searchable: true },
				hint: 'Records that need help come first, then people of the system whose credential is chosen; type a name or an e-mail address (in Marketo the whole address)',
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d or 1042',
				hint: 'The ID of a lead or contact in Dynamics 365, or the Marketo Unique ID of a person',
			},
			{
				displayName: 'By URL',
				name: 'url',
				type: 'string',
				placeholder:
					'e.g. https://contoso.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=lead&id=...',
				extractValue: { type: 'regex', regex: `[?&]id=(?:%7[bB]|\\{)?(${GUID})` },
			},
		],
	},
];

/** The chosen record of an item. What is no ID is refused where it is looked up. */
export function chosenRecord(context: IExecuteFunctions, itemIndex: number): RecordReference {
	const id = String(
		context.getNodeParameter('record', itemIndex, '', { extractValue: true }) ?? '',
	);
	const table = context.getNodeParameter('table', itemIndex, ANY) as Table | typeof ANY;
	return table === ANY ? { id } : { id, table };
}
