import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { refusal } from '../../../apis/dataverse/errors/refusal';
import { ROW, tableOf } from '../resources';

/** The picker of a table, of this node and its trigger: from the live list, or by its logical name. */
export const TABLE: INodeProperties = {
	displayName: 'Table',
	name: 'table',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a table...',
			typeOptions: { searchListMethod: 'searchTables', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. contact',
			validation: [
				{
					type: 'regex',
					properties: {
						// In any case: it is looked up in small letters.
						regex: '^\\s*[a-zA-Z][a-zA-Z0-9_]*\\s*$',
						errorMessage: 'Use the logical name of the table, e.g. contact or new_project',
					},
				},
			],
		},
	],
};

/** The table of resource *Row*, which is any. The other resources are a table each. */
export const ROW_TABLE: INodeProperties = {
	...TABLE,
	description: 'The table of the record: any table of the environment',
	displayOptions: { show: { resource: [ROW.value] } },
};

/** What lists of columns depend on: with another table they are filled again. */
export const TABLE_CHOICE = ['resource', 'table.value'];

/** Logical name of the table that an item works on. @throws DataverseProblem where none is chosen */
export function tableNamed(context: IExecuteFunctions, itemIndex: number): string {
	const resource = context.getNodeParameter('resource', itemIndex) as string;
	if (resource !== ROW.value) return tableOf(resource);
	const given = context.getNodeParameter('table', itemIndex, '', { extractValue: true });
	const name = String(given ?? '')
		.trim()
		.toLowerCase();
	if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
	throw refusal(
		name ? `"${name.slice(0, 100)}" is not the logical name of a table` : 'No table is chosen',
		"Choose one under 'Table', or enter its logical name, e.g. contact",
	);
}
