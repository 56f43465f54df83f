import type { INodeProperties, INodePropertyTypeOptions } from 'n8n-workflow';

import type { Operator } from '../../sync/condition';

const NO_VALUE: Operator[] = ['empty', 'notEmpty'];

/** No expressions: what is set has to be the same on every page of a sync. */
export const FIXED = { noDataExpression: true } as const;

/** Of rows in Dynamics. */
const COLUMN = {
	one: 'Column Name or ID',
	value: 'Choices take a label or a value, lookups an ID, dates ISO 8601',
};

/** The conditions control. `columns`: where their list comes from; null: names are typed. `fixed`: `FIXED`, or nothing where expressions may be used. */
export function conditionsControl(
	{ displayName, name, description }: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
	columns: INodePropertyTypeOptions | null,
	fixed: { noDataExpression?: true } = {},
	words = COLUMN,
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
						...(columns
							? {
									displayName: words.one,
									type: 'options' as const,
									typeOptions: columns,
									description:
										'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
								}
							: {
									displayName: 'Column Name',
									type: 'string' as const,
									placeholder: 'e.g. new_status',
									description: 'Its logical name, as Power Apps shows it',
								}),
						name: 'column',
						...fixed,
						// A sync with one condition less is about other records. A single query may leave it out.
						...(fixed.noDataExpression && { required: true }),
						default: '',
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
						description: words.value,
					},
				],
			},
		],
	};
}

/** How several conditions of a sync are combined: `Conditions['match']`. */
export function matchControl({
	displayName,
	name,
	description,
}: Pick<INodeProperties, 'displayName' | 'name' | 'description'>): INodeProperties {
	return {
		displayName,
		name,
		type: 'options',
		...FIXED,
		options: [
			{ name: 'All Conditions', value: 'all' },
			{ name: 'Any Condition', value: 'any' },
		],
		default: 'all',
		description,
	};
}
