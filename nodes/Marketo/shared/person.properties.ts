import type { INodeProperties } from 'n8n-workflow';

/** Which field people are found by. */
export function lookupField(defaultField: 'id' | 'email', method: string): INodeProperties {
	return {
		displayName: 'Look Up By Name or ID',
		name: 'lookupField',
		type: 'options',
		typeOptions: { loadOptionsMethod: method },
		default: defaultField,
		required: true,
		description:
			'The field that finds the person. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	};
}

export const lookupValue: INodeProperties = {
	displayName: 'Lookup Value',
	name: 'lookupValue',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. nathan@example.com',
	description: 'The value that the person has in that field',
};

export const personId: INodeProperties = {
	displayName: 'Person ID',
	name: 'personId',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. 1002345',
	description: 'The Marketo ID of the person',
};

/** The fields to write: chosen from the live list, or taken from the input by name. */
export const fieldsToWrite: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'resourceMapper',
	noDataExpression: true,
	default: { mappingMode: 'defineBelow', value: null },
	required: true,
	typeOptions: {
		resourceMapper: {
			resourceMapperMethod: 'getWritableFields',
			mode: 'add',
			fieldWords: { singular: 'field', plural: 'fields' },
			addAllFields: false,
			supportAutoMap: true,
			refreshIncompleteSchemaOnOpen: true,
		},
	},
};

/** Clearing has to be said: a field that is left empty stays as it is. */
export const clearFields: INodeProperties = {
	displayName: 'Clear Field Names or IDs',
	name: 'clearFields',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getWritableFieldOptions' },
	default: [],
	description:
		'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
};

export const clearEmpty: INodeProperties = {
	displayName: 'Clear Fields Without a Value',
	name: 'clearEmpty',
	type: 'boolean',
	default: false,
	description:
		'Whether to empty a field in Marketo that is listed above, or in the input, with an empty value. Otherwise it stays as it is.',
};

export const partitionName: INodeProperties = {
	displayName: 'Partition Name',
	name: 'partitionName',
	type: 'string',
	default: '',
	description: 'The partition for new people, if the subscription has several',
};

/** Which fields to read. */
export const fieldsToRead: INodeProperties = {
	displayName: 'Field Names or IDs',
	name: 'fieldNames',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getFieldOptions' },
	default: [],
	description:
		'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	hint: 'If none is chosen: ID, email, first and last name, created and updated',
};

/** A collection of options, as most operations end with. */
export function options(...entries: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...entries].sort((one, other) => one.displayName.localeCompare(other.displayName)),
	};
}
