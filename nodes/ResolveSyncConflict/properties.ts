import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

const WINNERS: INodePropertyOptions[] = [
	{ name: 'Ask', value: 'ask', description: 'Write neither side; the field waits until somebody edits it in either system' },
	{ name: 'Dynamics Wins', value: 'dynamics' },
	{ name: 'Marketo Wins', value: 'marketo' },
	{ name: 'Newest Wins', value: 'newest', description: 'By the time each system gives; where no time decides, as in the sync that Adobe sells' },
];

const EMPTY_RULES: INodePropertyOptions[] = [
	{ name: 'Copy', value: 'copy', description: 'An emptied field is emptied on the other side too' },
	{ name: 'Never Overwrite With Empty', value: 'neverOverwrite' },
	{ name: 'Only Fill Empty', value: 'onlyFill', description: 'Write only where the other side has nothing' },
];

interface TableWords {
	table: 'lead' | 'contact';
	many: string;
	native: string;
}

/** A searchable list with live columns; the name that is shown is kept, so opening the node asks for nothing. */
function picker(displayName: string, name: string, searchListMethod: string, placeholder: string): INodeProperties {
	return {
		displayName,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		modes: [
			{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod, searchable: true } },
			{ displayName: 'By Name', name: 'id', type: 'string', placeholder },
		],
	};
}

function group({ table, many }: TableWords, suffix: string, title: string, description: string): INodeProperties {
	const column = picker('Dynamics Column', 'column', table === 'lead' ? 'searchLeadColumns' : 'searchContactColumns', 'e.g. jobtitle');
	const field = picker('Marketo Field', 'field', 'searchPersonFields', 'e.g. title');
	return {
		displayName: `${many}: ${title}`,
		name: `${table}${suffix}`,
		type: 'fixedCollection',
		placeholder: 'Add Row',
		typeOptions: { multipleValues: true, sortable: true },
		default: {},
		description,
		options: [{ displayName: 'Row', name: 'rows', values: suffix === 'ToDynamics' ? [field, column] : [column, field] }],
	};
}

function rules({ table, many }: TableWords): INodeProperties {
	const asAbove = { name: 'As Set Above', value: 'default' };
	return {
		displayName: `${many}: Special Rules`,
		name: `${table}SpecialRules`,
		type: 'fixedCollection',
		placeholder: 'Add Rule',
		typeOptions: { multipleValues: true },
		default: {},
		description: 'For the few rows that differ: who wins, what an empty value does, how the value is changed on its way',
		options: [
			{
				displayName: 'Rule',
				name: 'rules',
				values: [
					picker('Dynamics Column of the Row', 'column', table === 'lead' ? 'searchMappedLeadColumns' : 'searchMappedContactColumns', 'e.g. jobtitle'),
					{ displayName: 'If Both Changed', name: 'winner', type: 'options', noDataExpression: true, options: [asAbove, ...WINNERS], default: 'default' },
					{ displayName: 'Empty Values', name: 'emptyValues', type: 'options', noDataExpression: true, options: [asAbove, ...EMPTY_RULES], default: 'default' },
					{
						displayName: 'Only on Create',
						name: 'onlyOnCreate',
						type: 'boolean',
						noDataExpression: true,
						default: false,
						description: 'Whether the value is written only when the record is made, and never again',
					},
					{
						displayName: 'Change the Value',
						name: 'transform',
						type: 'collection',
						placeholder: 'Add Change',
						default: {},
						options: transforms(),
					},
				],
			},
		],
	};
}

function transforms(): INodeProperties[] {
	return [
		{
			displayName: 'Choice As',
			name: 'choiceBy',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Label', value: 'label' },
				{ name: 'Number', value: 'value' },
			],
			default: 'label',
		},
		{ displayName: 'Constant', name: 'constant', type: 'string', default: '', description: 'Written instead of the value. Only for rows with one direction.' },
		{ displayName: 'Default When Empty', name: 'defaultWhenEmpty', type: 'string', default: '', description: 'Written where the source is empty. Only for rows with one direction.' },
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
		{ displayName: 'Swap Yes and No', name: 'invert', type: 'boolean', default: true, description: 'Whether yes on one side means no on the other' },
		{ displayName: 'Trim', name: 'trim', type: 'boolean', default: true, description: 'Whether to remove white space around the value' },
		{ displayName: 'Truncate To', name: 'truncate', type: 'number', typeOptions: { minValue: 1 }, default: 255, description: 'Most characters. Only for rows with one direction: what was cut off cannot come back.' },
	];
}

function ofTable(words: TableWords): INodeProperties[] {
	const { table, many, native } = words;
	return [
		{
			displayName: `${many}: If Both Changed`,
			name: `${table}IfBothChanged`,
			type: 'options',
			noDataExpression: true,
			options: [...WINNERS.slice(0, 1), { name: `As in Adobe's Sync (${native})`, value: 'native' }, ...WINNERS.slice(1)],
			default: undefined,
			description: 'Which value stands when the same field was changed on both sides since they last agreed',
		},
		{
			displayName: `${many}: Empty Values`,
			name: `${table}EmptyValues`,
			type: 'options',
			noDataExpression: true,
			options: [...EMPTY_RULES],
			default: 'copy',
			description: 'What happens on the other side when a field is emptied',
		},
		group(words, 'BothWays', 'Both Ways', 'A change on either side is carried to the other'),
		group(words, 'ToMarketo', 'Dynamics to Marketo', 'The value of Dynamics stands on both sides'),
		group(words, 'ToDynamics', 'Marketo to Dynamics', 'The value of Marketo stands on both sides'),
		rules(words),
	];
}

/** Mapping and policies of both tables: all always shown, because n8n forgets what it does not show. */
export const PROPERTIES: INodeProperties[] = [
	...ofTable({ table: 'lead', many: 'Leads', native: 'Marketo Wins' }),
	...ofTable({ table: 'contact', many: 'Contacts', native: 'Dynamics Wins' }),
];
