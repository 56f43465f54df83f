import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { isPersonTable, type Person } from '../../../apis/dataverse/actions/people';
import { refusal } from '../../../apis/dataverse/errors/refusal';
import { guid } from '../../../apis/dataverse/transport/odata';

/** Which person is meant, by what the items of a sync or of a campaign's request say. */
export const PERSON: INodeProperties[] = [
	{
		displayName: 'Table',
		name: 'table',
		type: 'string',
		default: '={{ $json.dynamicsTable }}',
		placeholder: 'e.g. lead',
		description:
			'The table of the record: lead or contact, so that one node can work on both. Empty means the resource chosen above.',
	},
	{
		displayName: 'Row ID',
		name: 'recordId',
		type: 'string',
		default: '={{ $json.dynamicsId }}',
		required: true,
		placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
		description: 'The ID of the lead or contact',
	},
];

/** The person of one item. @throws DataverseProblem where the item names none */
export function personOf(context: IExecuteFunctions, itemIndex: number): Person {
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
	const table = (text('table') || text('resource')).toLowerCase();
	if (!isPersonTable(table)) {
		throw refusal(
			`"${table}" is not a table of people`,
			"Set 'Table' to lead or contact, or leave it empty",
		);
	}
	const id = text('recordId');
	if (!id) {
		throw refusal(
			'The item has no record in Dynamics 365',
			"Set 'Row ID' to the ID of the lead or contact; a person who is only in Marketo has to be synced first",
		);
	}
	return { table, id: guid(id) };
}
