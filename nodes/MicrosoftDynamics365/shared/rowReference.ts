import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

const GUID = '[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}';

/** The picker of one row: from a list, by the address of its form in the browser, or by id. */
export const ROW_PICKER: INodeProperties = {
	displayName: 'Record',
	name: 'rowId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The record to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a record...',
			typeOptions: { searchListMethod: 'searchRows', searchable: true },
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder:
				'e.g. https://contoso.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=lead&id=...',
			extractValue: { type: 'regex', regex: `[?&]id=(?:%7[bB]|\\{)?(${GUID})` },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
			validation: [
				{
					type: 'regex',
					properties: { regex: `^\\s*\\{?${GUID}\\}?\\s*$`, errorMessage: 'Not a valid record ID' },
				},
			],
		},
	],
};

/** The id of the chosen row; `parameter`: which picker. */
export function chosenRowId(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter = ROW_PICKER.name,
): string {
	return String(context.getNodeParameter(parameter, itemIndex, '', { extractValue: true }));
}
