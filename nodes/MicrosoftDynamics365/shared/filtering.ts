import type { IExecuteFunctions, INodeProperties, INodePropertyTypeOptions } from 'n8n-workflow';

import { wireName, type DataverseTable } from '../../../apis/dataverse/metadata/table';
import { condition, conditions, type Operator } from '../../../apis/dataverse/rows/filter';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { TABLE_CHOICE } from './tableReference';

const NO_VALUE: Operator[] = ['empty', 'notEmpty'];

/** The conditions control. `fixed`: no expressions, since what is set has to be the same on every page of a sync. */
export function conditionsControl(
	{ displayName, name, description }: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
	columns: INodePropertyTypeOptions,
	fixed: { noDataExpression?: true } = {},
): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Condition',
		default: {},
		description,
		options: [
			{
				displayName: 'Condition',
				name: 'condition',
				values: [
					{
						displayName: 'Column Name or ID',
						name: 'column',
						type: 'options',
						typeOptions: columns,
						...fixed,
						default: '',
						description:
							'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
					},
					{
						displayName: 'Operator',
						name: 'operator',
						type: 'options',
						...fixed,
						options: [
							{ name: 'Contains', value: 'contains' },
							{ name: 'Ends With', value: 'endswith' },
							{ name: 'Is', value: 'eq' },
							{ name: 'Is at Least', value: 'ge' },
							{ name: 'Is at Most', value: 'le' },
							{ name: 'Is Empty', value: 'empty' },
							{ name: 'Is Greater Than', value: 'gt' },
							{ name: 'Is Less Than', value: 'lt' },
							{ name: 'Is Not', value: 'ne' },
							{ name: 'Is Not Empty', value: 'notEmpty' },
							{ name: 'Starts With', value: 'startswith' },
						],
						default: 'eq',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						...fixed,
						default: '',
						displayOptions: { hide: { operator: NO_VALUE } },
						description: 'Choices take a label or a value, lookups an ID, dates ISO 8601',
					},
				],
			},
		],
	};
}

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
