import { RETURN_ALL } from '../../shared/returnAll';
import type { INodeProperties } from 'n8n-workflow';

/** Lists of fields are those of the object that is chosen above. */
const OBJECT_CHOICE = ['resource', 'customObject'];

function fields(
	name: string,
	displayName: string,
	method: string,
	mode: 'add' | 'map' = 'add',
): INodeProperties {
	return {
		displayName,
		name,
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		required: true,
		typeOptions: {
			loadOptionsDependsOn: OBJECT_CHOICE,
			resourceMapper: {
				resourceMapperMethod: method,
				mode,
				fieldWords: { singular: 'field', plural: 'fields' },
				addAllFields: false,
				supportAutoMap: true,
				refreshIncompleteSchemaOnOpen: true,
			},
		},
	};
}

/** The fields to write, the key among them. */
export const objectFields = fields('fields', 'Fields', 'getWritableObjectFields');

/**
 * What tells one record from the others: its key, or the id that Marketo gave it. Neither is required here: where an
 * expression says which one it is, n8n shows both, and would ask for both.
 */
export const recordKey: INodeProperties[] = [
	{
		displayName: 'Look Up By',
		name: 'lookUpBy',
		type: 'options',
		options: [
			{ name: 'Key', value: 'key', description: 'The fields by which Marketo tells records apart' },
			{
				name: 'Marketo ID',
				value: 'id',
				description: 'The ID or GUID that Marketo gave the record',
			},
		],
		default: 'key',
		description: 'What the record is found by',
	},
	{
		// In the mode `add`, n8n asks for a value of each.
		...fields('keyFields', 'Key Fields', 'getKeyFields', 'map'),
		required: false,
		displayOptions: { show: { lookUpBy: ['key'] } },
	},
	{
		displayName: 'Record ID',
		name: 'recordId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 3001',
		description: 'The Marketo ID or GUID of the record',
		displayOptions: { show: { lookUpBy: ['id'] } },
	},
];

/** Which fields to read. */
export const objectFieldsToRead: INodeProperties = {
	displayName: 'Field Names or IDs',
	name: 'fieldNames',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getObjectFieldOptions', loadOptionsDependsOn: OBJECT_CHOICE },
	default: [],
	description:
		'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	hint: 'If none is chosen: the key, created and updated',
};

/** Clearing has to be said: a field that is left empty stays as it is. */
export const clearObjectFields: INodeProperties = {
	displayName: 'Clear Field Names or IDs',
	name: 'clearFields',
	type: 'multiOptions',
	typeOptions: {
		loadOptionsMethod: 'getWritableObjectFieldOptions',
		loadOptionsDependsOn: OBJECT_CHOICE,
	},
	default: [],
	description:
		'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
};

/** What to do about records that are, or are not, in Marketo. */
export const objectAction: INodeProperties = {
	displayName: 'Which Records',
	name: 'whichRecords',
	type: 'options',
	options: [
		{
			name: 'All',
			value: 'createOrUpdate',
			description: 'Create new records and update existing ones',
		},
		{ name: 'Only New', value: 'createOnly', description: 'Refuse records that already exist' },
		{ name: 'Only Existing', value: 'updateOnly', description: 'Refuse records that are new' },
	],
	default: 'createOrUpdate',
	description: 'Which records are written',
};

/** The field that many records are found by. */
export const objectFilter: INodeProperties[] = [
	{
		displayName: 'Filter Field Name or ID',
		name: 'filterField',
		type: 'options',
		typeOptions: {
			loadOptionsMethod: 'getObjectLookupFieldOptions',
			loadOptionsDependsOn: OBJECT_CHOICE,
		},
		default: '',
		required: true,
		description:
			'The field to search by. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Filter Values',
		name: 'filterValues',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 1002345, 1002346',
		description: 'One or more values, separated by commas, or a list from an expression',
	},
	...RETURN_ALL,
];
