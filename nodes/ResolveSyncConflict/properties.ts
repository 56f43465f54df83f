import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { EMPTY_RULES, WINNERS } from './choices';
import { mappingChecks } from './mappingChecks';
import { CUSTOM_PARAMETERS, CUSTOM_TABLE, WHAT_TO_SYNC } from '../shared/lanes';
import { conditionsControl, FIXED, matchControl } from '../shared/conditionsControl';
import { CREATE_PARAMETER } from '../shared/mappingParameters';
import { MEMORY_CHOICE } from '../shared/memoryName';
import { mappingGroups, picker } from './mappingGroups';
import { specialRules } from './specialRules';
import { TABLES, type TableWords } from './tables';

const winners = (native: string): INodePropertyOptions[] => [
	{ name: `As in Adobe's Sync (${native})`, value: 'native' },
	...WINNERS,
];

function section({ table, many }: TableWords): INodeProperties {
	return {
		displayName: many,
		name: `${table}Section`,
		type: 'notice',
		typeOptions: { sectionHeader: true },
		default: '',
	};
}

/** Where nothing goes from Marketo to Dynamics there is nothing to choose. */
function policies({ table, many, native }: TableWords): INodeProperties[] {
	if (native === null) return [];
	return [
		{
			displayName: `${many}, If Both Changed`,
			name: `${table}IfBothChanged`,
			type: 'options',
			noDataExpression: true,
			options: winners(native),
			default: 'native',
			description:
				'Which value wins when the same field was changed on both sides since they last agreed',
		},
		{
			displayName: `${many}, Empty Values`,
			name: `${table}EmptyValues`,
			type: 'options',
			noDataExpression: true,
			options: EMPTY_RULES,
			default: 'copy',
			description: 'What happens on the other side when a field is emptied',
		},
	];
}

/** R29: what a delete in one system does in the other one. As shipped what Adobe's sync does (native-sync L). */
function whenEitherIsDeleted({ table, many, native }: TableWords): INodeProperties[] {
	if (native === null) return [];
	const one = many.toLowerCase().slice(0, -1);
	const [closed, how] =
		table === 'lead' ? ['Disqualify', 'disqualified'] : ['Deactivate', 'deactivated'];
	return [
		{
			displayName: `${many}, When Deleted in Dynamics`,
			name: `${table}WhenRowDeleted`,
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'Delete the Person in Marketo',
					value: 'delete',
					description: `Permanently, with all activities. If the person has values that the ${one} never got, the person stays and the record needs help.`,
				},
				{
					name: "Flag the Person (As in Adobe's Sync)",
					value: 'flag',
					description: 'Microsoft is Deleted is set to true on the person in Marketo',
				},
				{
					name: 'Leave the Person As It Is',
					value: 'ignore',
					description: `Nothing is written; if the ${one} is restored, the sync continues where it stopped`,
				},
				{
					name: 'Unlink the Person',
					value: 'unlink',
					description: `Nothing is written, and the link is deleted; if the ${one} is restored, the two are compared as if for the first time`,
				},
			],
			default: 'flag',
			description: `What happens to the person of a ${one} that is deleted in Dynamics 365. Many deletes at once stop the sync until you allow them with Resume.`,
		},
		{
			displayName: `${many}, When Their Person Is Deleted in Marketo`,
			name: `${table}WhenPersonDeleted`,
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: `${closed} the ${many.slice(0, -1)} in Dynamics`,
					value: 'deactivate',
					description: `The ${one} is ${how}; if somebody activates or edits it later, a new person is created`,
				},
				{
					name: `Delete the ${many.slice(0, -1)} in Dynamics`,
					value: 'delete',
					description: `If somebody has edited the ${one} since then, it stays and a new person is created. The application user needs the privilege Delete.`,
				},
				{
					name: "Leave It As It Is (As in Adobe's Sync)",
					value: 'leave',
					description: 'The next edit of a mapped column in Dynamics creates a new person',
				},
				{
					name: 'Unlink It',
					value: 'unlink',
					description: `The ${one} is no longer synced, whatever is edited, until somebody chooses Link by Hand or Sync Again`,
				},
			],
			default: 'leave',
			description: `What happens to the ${one} of a person who is deleted in Marketo, a quarter of an hour after the delete. Many deletes at once stop the sync until you allow them with Resume.`,
		},
	];
}

/** Of what goes one way, where a record can be without its row. */
function whenDeleted({ table, many, native, fields, isTie }: TableWords): INodeProperties[] {
	if (native !== null || isTie) return [];
	const name = `${table}WhenDeleted`;
	const field = picker(`${many}, Field That Says So`, `${table}DeletedField`, fields);
	return [
		{
			displayName: `${many}, When Deleted in Dynamics`,
			name,
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Delete in Marketo, Too', value: 'delete' },
				{ name: 'Keep in Marketo', value: 'keep' },
				{ name: 'Keep, and Say So in a Field', value: 'mark' },
			],
			default: 'keep',
			description:
				'What happens to its record in Marketo. Many deletes at once stop the sync, which asks first.',
		},
		{
			...field,
			required: false,
			description: 'A yes/no field of Marketo. It is no again when the row is restored.',
			displayOptions: { show: { [name]: ['mark'] } },
		},
	];
}

/** R55. */
function editsInMarketo({ table, many, native }: TableWords): INodeProperties[] {
	if (native !== null) return [];
	return [
		{
			displayName: `${many}, Edits in Marketo`,
			name: `${table}EditsInMarketo`,
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Find Them, List Them and Set Them Right', value: 'find' },
				{ name: 'Overwrite With the Next Write', value: 'overwrite' },
			],
			default: 'overwrite',
			description:
				'What happens to an edit in Marketo, where Dynamics always wins. Finding them costs at most 48 calls to each system a day, which check 14,400 records; they are listed as conflicts.',
		},
	];
}

/** By name as well: the lists hold what *Validate Setup* has seen. */
function choice(name: string, more: Partial<INodeProperties>, search: string, example: string) {
	return {
		displayName: '',
		name,
		type: 'resourceLocator',
		noDataExpression: true,
		required: true,
		default: { mode: 'list', value: '' },
		displayOptions: { show: { lane: [CUSTOM_TABLE] } },
		...more,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: search, searchable: true },
			},
			{ displayName: 'By Name', name: 'name', type: 'string', placeholder: `e.g. ${example}` },
		],
	} satisfies INodeProperties;
}

const CUSTOM_CHOICE: INodeProperties[] = [
	choice(
		CUSTOM_PARAMETERS.table,
		{
			displayName: 'Table',
			description:
				'The table of Dynamics 365 whose rows are synced. Another table is another sync: publish the workflow again.',
		},
		'searchCustomTables',
		'new_subscription',
	),
	choice(
		CUSTOM_PARAMETERS.object,
		{
			displayName: 'Custom Object',
			description:
				'The Marketo custom object that they are synced to. Its one dedupe field gets the ID of the row.',
		},
		'searchCustomObjects',
		'subscription_c',
	),
];

const tableProperties = (words: TableWords): INodeProperties[] => [
	section(words),
	...policies(words),
	...whenEitherIsDeleted(words),
	...whenDeleted(words),
	...editsInMarketo(words),
	...mappingGroups(words),
	specialRules(words),
];

const tablesOf = (lane: TableWords['lane']) => TABLES.filter((one) => one.lane === lane);
const names = (tables: TableWords[]) => tables.map(({ table }) => table);

/** R59. One for both tables, so that nobody is created as both. */
const PEOPLE_TO_CREATE: INodeProperties = {
	displayName: 'People to Create in Dynamics',
	name: CREATE_PARAMETER,
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	description:
		'As long as there are no conditions here, leads and contacts are created in Dynamics only when a campaign asks for it. With conditions, the sync also creates every person who meets them, once the person is new in Marketo or one of its mapped fields, or a field of the conditions, changes. People who were there before and do not change are left alone: send them with the flow step.',
	options: [
		conditionsControl(
			{
				displayName: 'Conditions',
				name: 'people',
				description:
					'Which people are created in Dynamics. Whoever has a lead or contact there already, by ID or e-mail address, is linked with it instead.',
			},
			{ loadOptionsMethod: 'getPersonFields' },
			FIXED,
			{ one: 'Field Name or ID', value: 'Yes/no fields take Yes or No, dates ISO 8601' },
		),
		{
			displayName: 'Create As',
			name: 'createAs',
			type: 'options',
			...FIXED,
			options: [
				{ name: 'Contact', value: 'contact' },
				{ name: 'Lead', value: 'lead' },
			],
			default: 'lead',
			description: 'What they become; its field mapping is used',
		},
		matchControl({
			displayName: 'Must Match',
			name: 'match',
			description: 'How several conditions are combined',
		}),
	],
};

/** Mapping and policies of leads and contacts, and nothing that is displayed by a condition but the notices. */
export const PEOPLE_PROPERTIES: INodeProperties[] = [
	...mappingChecks(JSON.stringify(names(tablesOf('people')))),
	...tablesOf('people').flatMap(tableProperties),
	PEOPLE_TO_CREATE,
	MEMORY_CHOICE,
];

const TABLES_BY_LANE = JSON.stringify(
	Object.fromEntries(TABLES.map(({ lane }) => [lane, names(tablesOf(lane))])),
);

/**
 * Mapping and policies of what is synced. Of that, all is always displayed: the editor forgets the values
 * of whatever it stops displaying, so that a switch between the tables would lose one's mapping.
 */
export const PROPERTIES: INodeProperties[] = [
	{
		...WHAT_TO_SYNC,
		description:
			'The same as in the trigger. Each has a field mapping of its own: changing this empties the one below.',
	},
	...CUSTOM_CHOICE,
	...mappingChecks(`(${TABLES_BY_LANE}[$parameter.lane] || [])`),
	...TABLES.flatMap((words) =>
		tableProperties(words).map((property) => ({
			...property,
			displayOptions: { show: { ...property.displayOptions?.show, lane: [words.lane] } },
		})),
	),
	{ ...PEOPLE_TO_CREATE, displayOptions: { show: { lane: ['people'] } } },
	MEMORY_CHOICE,
];
