import type { INodeProperties } from 'n8n-workflow';

import { EMPTY_RULES, WINNERS } from './choices';
import { picker } from './mappingGroups';
import type { TableWords } from './tables';

const AS_ABOVE = { name: 'As Set Above', value: 'default' };

/** Of rows whose values go one way: how they are changed, and nothing else. */
const ONE_WAY = ['column', 'transform'];

/** For the few rows that differ: who wins, what an empty value does, how the value is changed. */
export function specialRules(words: TableWords): INodeProperties {
	const all = rulesOf(words);
	const values = words.native ? all : all.filter(({ name }) => ONE_WAY.includes(name));
	return {
		displayName: `${words.many}, Special Rules`,
		name: `${words.table}SpecialRules`,
		type: 'fixedCollection',
		placeholder: 'Add Rule',
		typeOptions: { multipleValues: true, hideEmptyMessage: true },
		default: {},
		description: words.native
			? 'For the few rows that differ: who wins, what an empty value does, how the value is changed on its way'
			: 'For the few rows whose value is changed on its way',
		options: [{ displayName: 'Rule', name: 'rules', values }],
	};
}

function rulesOf(words: TableWords): INodeProperties[] {
	return [
		picker('Dynamics Column of the Row', 'column', words.mappedColumns),
		{
			displayName: 'If Both Changed',
			name: 'winner',
			type: 'options',
			noDataExpression: true,
			options: [AS_ABOVE, ...WINNERS],
			default: 'default',
		},
		{
			displayName: 'Empty Values',
			name: 'emptyValues',
			type: 'options',
			noDataExpression: true,
			options: [AS_ABOVE, ...EMPTY_RULES],
			default: 'default',
		},
		{
			displayName: 'Only on Create',
			name: 'onlyOnCreate',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description: 'Whether the value is written only when the record is created, and never again',
		},
		{
			displayName: 'Change the Value',
			name: 'transform',
			type: 'collection',
			placeholder: 'Add Change',
			default: {},
			options: CHANGES,
		},
	];
}

const CHANGES: INodeProperties[] = [
	{
		displayName: 'Choice As',
		name: 'choiceBy',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Label', value: 'label' },
			{ name: 'Number', value: 'value' },
		],
		default: 'value',
		description:
			'How a choice of Dynamics is written into a text field of Marketo, and recognized on the way back',
	},
	{
		displayName: 'Constant',
		name: 'constant',
		type: 'string',
		noDataExpression: true,
		default: '',
		description: 'Written instead of the value. Only for one-way rows.',
	},
	{
		displayName: 'Default When Empty',
		name: 'defaultWhenEmpty',
		type: 'string',
		noDataExpression: true,
		default: '',
		description: 'Written where the source is empty. Only for one-way rows.',
	},
	{
		displayName: 'Letter Case',
		name: 'letterCase',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Keep', value: 'keep' },
			{ name: 'Lower Case', value: 'lower' },
			{ name: 'Title Case', value: 'title' },
			{ name: 'Upper Case', value: 'upper' },
		],
		default: 'keep',
	},
	{
		displayName: 'No in Marketo Is Not Set',
		name: 'noIsUnset',
		type: 'boolean',
		noDataExpression: true,
		default: true,
		description:
			'Whether No in Marketo, where a yes/no field is never unset, leaves the Dynamics column unset. Otherwise No is written.',
	},
	{
		displayName: 'Swap Yes and No',
		name: 'invert',
		type: 'boolean',
		noDataExpression: true,
		default: true,
		description: 'Whether yes on one side means no on the other',
	},
	{
		displayName: 'Time Zone',
		name: 'zone',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. Europe/Berlin',
		description:
			'For a row with a date on one side and a date and time on the other: the time zone in which people pick the date',
	},
	{
		displayName: 'Trim',
		name: 'trim',
		type: 'boolean',
		noDataExpression: true,
		default: true,
		description: 'Whether to remove white space around the value',
	},
	{
		displayName: 'Truncate To',
		name: 'truncate',
		type: 'number',
		noDataExpression: true,
		typeOptions: { minValue: 1 },
		default: 255,
		description: 'Maximum length. Only for one-way rows: what was cut off cannot come back.',
	},
];
