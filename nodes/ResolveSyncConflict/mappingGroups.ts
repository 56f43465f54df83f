import type { INodeProperties } from 'n8n-workflow';

import type { TableWords } from './tables';

/**
 * A searchable list of what a system has. The name that is shown is kept with the value, so that
 * opening the node asks for nothing. One mode and no expressions: a mapping has dozens of these, and
 * the editor takes three times as long to draw one with a choice of modes.
 */
export function picker(
	displayName: string,
	name: string,
	searchListMethod: string,
): INodeProperties {
	return {
		displayName,
		name,
		type: 'resourceLocator',
		noDataExpression: true,
		required: true,
		default: { mode: 'list', value: '' },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
		],
	};
}

interface GroupWords {
	/** Of the parameter's name, after the table. */
	suffix: 'BothWays' | 'ToMarketo' | 'ToDynamics';
	displayName: string;
	description: string;
}

const GROUPS: GroupWords[] = [
	{
		suffix: 'BothWays',
		displayName: 'Both Ways: Dynamics Column ⇄ Marketo Field',
		description: 'A change on either side is synced to the other',
	},
	{
		suffix: 'ToMarketo',
		displayName: 'One Way: Dynamics Column → Marketo Field',
		description: 'Both sides get the value from Dynamics',
	},
	{
		suffix: 'ToDynamics',
		displayName: 'One Way: Marketo Field → Dynamics Column',
		description: 'Both sides get the value from Marketo',
	},
];

/** The field mapping of a table: three groups of rows, each row a column and a field side by side. */
export function mappingGroups(words: TableWords): INodeProperties[] {
	const column = picker('Dynamics Column', 'column', words.columns);
	const field = picker('Marketo Field', 'field', words.fields);
	const groups = words.native ? GROUPS : GROUPS.filter(({ suffix }) => suffix === 'ToMarketo');
	return groups.map(({ suffix, displayName, description }) => ({
		displayName: `${words.many}, ${displayName}`,
		name: `${words.table}${suffix}`,
		type: 'fixedCollection',
		placeholder: 'Add Row',
		typeOptions: {
			multipleValues: true,
			hideEmptyMessage: true,
			fixedCollection: { layout: 'inline' },
		},
		default: {},
		description,
		options: [
			{
				displayName: 'Row',
				name: 'rows',
				values: suffix === 'ToDynamics' ? [field, column] : [column, field],
			},
		],
	}));
}
