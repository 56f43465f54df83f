import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { wireName, type DataverseTable } from '../../../apis/dataverse/metadata/table';
import { condition, conditions, type Operator } from '../../../apis/dataverse/rows/filter';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { conditionsControl } from '../../shared/conditionsControl';
import { TABLE_CHOICE } from './tableReference';

export const FILTERS = conditionsControl(
	{
		displayName: 'Filters',
		name: 'filters',
		description: 'Only records that meet the conditions are returned',
	},
	{ loadOptionsMethod: 'getReadableColumns', loadOptionsDependsOn: TABLE_CHOICE },
);

export const COMBINE: INodeProperties = {
	displayName: 'Must Match',
	name: 'combineFilters',
	type: 'options',
	options: [
		{ name: 'All Conditions', value: 'and' },
		{ name: 'Any Condition', value: 'or' },
	],
	default: 'and',
	description: 'How several conditions are combined',
};

export const SORT: INodeProperties = {
	displayName: 'Sort',
	name: 'sort',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Sort Rule',
	default: {},
	options: [
		{
			displayName: 'Rule',
			name: 'rule',
			values: [
				{
					displayName: 'Column Name or ID',
					name: 'column',
					type: 'options',
					typeOptions: {
						loadOptionsMethod: 'getReadableColumns',
						loadOptionsDependsOn: TABLE_CHOICE,
					},
					default: '',
					description:
						'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
				},
				{
					displayName: 'Direction',
					name: 'direction',
					type: 'options',
					options: [
						{ name: 'Ascending', value: 'asc' },
						{ name: 'Descending', value: 'desc' },
					],
					default: 'asc',
				},
			],
		},
	],
};

/** The whole `$filter` of an item, or undefined. */
export function filterFor(
	context: IExecuteFunctions,
	itemIndex: number,
	table: DataverseTable,
): string | undefined {
	const rows = context.getNodeParameter('filters.condition', itemIndex, []) as Array<{
		column: string;
		operator: Operator;
		value?: unknown;
	}>;
	const joinedBy = context.getNodeParameter('combineFilters', itemIndex, 'and') as 'and' | 'or';
	const simple = conditions(
		rows
			.filter(({ column }) => column)
			.map(({ column, operator, value }) => condition(columnNamed(table, column), operator, value)),
		joinedBy,
	);
	const advanced = (
		context.getNodeParameter('options.odataFilter', itemIndex, '') as string
	).trim();
	return conditions(
		[simple, advanced].filter((part): part is string => Boolean(part)),
		'and',
	);
}

/** The whole `$orderby` of an item, or undefined. */
export function orderFor(
	context: IExecuteFunctions,
	itemIndex: number,
	table: DataverseTable,
): string | undefined {
	const rules = context.getNodeParameter('sort.rule', itemIndex, []) as Array<{
		column: string;
		direction: string;
	}>;
	const parts = rules
		.filter(({ column }) => column)
		.map(
			({ column, direction }) =>
				`${wireName(columnNamed(table, column))} ${direction === 'desc' ? 'desc' : 'asc'}`,
		);
	return parts.length > 0 ? parts.join(',') : undefined;
}
