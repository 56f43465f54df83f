import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import {
	wireName,
	type DataverseColumn,
	type DataverseTable,
} from '../../../apis/dataverse/metadata/table';
import { writeBody, type WriteBody } from '../../../apis/dataverse/values/body';

import { TABLE_CHOICE } from './tableReference';

type Operation = 'create' | 'update' | 'upsert';

/** The mapped columns, with live columns of the table. `method` says which ones are offered. */
export function columnsMapper(
	method: 'getCreateColumns' | 'getUpdateColumns' | 'getUpsertColumns',
): INodeProperties {
	const upsert = method === 'getUpsertColumns';
	return {
		displayName: 'Columns',
		name: 'columns',
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		required: true,
		description:
			'Choices take a label or a value, dates ISO 8601. A column that is left empty stays as it is; an expression that gives null, or the option Clear Columns, empties it.',
		typeOptions: {
			loadOptionsDependsOn: TABLE_CHOICE,
			resourceMapper: {
				resourceMapperMethod: method,
				mode: upsert ? 'upsert' : 'add',
				fieldWords: { singular: 'column', plural: 'columns' },
				addAllFields: false,
				multiKeyMatch: upsert,
				supportAutoMap: true,
				matchingFieldsLabels: {
					title: 'Columns to Match On',
					description: 'A record with these values is updated; if there is none, one is created',
					hint: 'Use a column that only one record can have, such as the record ID or an e-mail address',
				},
			},
		},
	};
}

export const LOOKUPS: INodeProperties = {
	displayName: 'Lookups',
	name: 'lookups',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Lookup',
	default: {},
	description: 'Owner and other columns that point to another record, picked from a list',
	options: [
		{
			displayName: 'Lookup',
			name: 'lookup',
			values: [
				{
					displayName: 'Column Name or ID',
					name: 'column',
					type: 'options',
					typeOptions: {
						loadOptionsMethod: 'getLookupColumns',
						loadOptionsDependsOn: TABLE_CHOICE,
					},
					default: '',
					description:
						'The column that points to the record. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
				{
					displayName: 'Points To',
					name: 'row',
					type: 'resourceLocator',
					default: { mode: 'list', value: '' },
					description: 'The record that the column points to',
					modes: [
						{
							displayName: 'From List',
							name: 'list',
							type: 'list',
							placeholder: 'Choose a record...',
							typeOptions: { searchListMethod: 'searchLookup', searchable: true },
						},
						{
							displayName: 'By ID',
							name: 'id',
							type: 'string',
							placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d or team(60c4e274-...)',
						},
					],
				},
			],
		},
	],
};

export const CLEAR_OPTION: INodeProperties = {
	displayName: 'Clear Column Names or IDs',
	name: 'clearColumns',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getClearableColumns', loadOptionsDependsOn: TABLE_CHOICE },
	default: [],
	description:
		'Columns to empty. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

export const DUPLICATES_OPTION: INodeProperties = {
	displayName: 'Detect Duplicates',
	name: 'detectDuplicates',
	type: 'boolean',
	default: true,
	description:
		'Whether the published duplicate detection rules of the environment may refuse a new record',
};

/** Whether duplicate detection is wanted; it is unless somebody switched it off. */
export function detectDuplicates(context: IExecuteFunctions, itemIndex: number): boolean {
	return context.getNodeParameter('options.detectDuplicates', itemIndex, true) as boolean;
}

/** What to write for one item: mapped columns, picked lookups and columns to clear, by logical name. */
export function mappedValues(
	context: IExecuteFunctions,
	itemIndex: number,
	table: DataverseTable,
	operation: Operation,
	/** Columns that are kept although they cannot be written, because a row is looked up by them. */
	matchOn: string[] = [],
): Record<string, unknown> {
	const values = columnValues(context, itemIndex, table, operation, matchOn);
	const picked = context.getNodeParameter('lookups.lookup', itemIndex, []) as Array<{
		column: string;
		row: { value?: unknown } | string;
	}>;
	for (const { column, row } of picked) {
		const id = typeof row === 'object' ? row.value : row;
		if (column && id) values[column] = id;
	}
	const clear = context.getNodeParameter('options.clearColumns', itemIndex, []) as
		| string[]
		| string;
	for (const column of Array.isArray(clear) ? clear : clear.split(',')) {
		if (column.trim()) values[column.trim()] = null;
	}
	return values;
}

/** The request body for values, with what is needed to show the row afterwards. */
export function bodyFor(
	table: DataverseTable,
	values: Record<string, unknown>,
	operation: Operation,
): WriteBody {
	const { body, select } = writeBody(table, values, operation);
	if (Object.keys(body).length === 0 && operation !== 'upsert') {
		throw new DataverseProblem({
			kind: 'refused',
			status: 0,
			code: '',
			reason: 'There is nothing to write',
			remedy: "Add a value under 'Columns', or choose what to clear",
		});
	}
	const shown = table.columns.filter(
		(column) => column.isPrimaryId || column.isPrimaryName || column.name === 'modifiedon',
	);
	return { body, select: [...new Set([...shown.map(wireName), ...select])] };
}

/**
 * Values of the mapper. It is read as a whole, because n8n would refuse the label of a choice otherwise.
 * A field that is just shown and left empty is null there too; only an expression can mean null.
 */
function columnValues(
	context: IExecuteFunctions,
	itemIndex: number,
	table: DataverseTable,
	operation: Operation,
	matchOn: string[],
): Record<string, unknown> {
	const mapper = context.getNodeParameter('columns', itemIndex) as {
		mappingMode: string;
		value: IDataObject | null;
	};
	if (mapper.mappingMode === 'autoMapInputData') {
		return writableOf(table, context.getInputData()[itemIndex]!.json, operation, matchOn);
	}
	const raw = (context.getNode().parameters.columns as { value?: IDataObject } | undefined)?.value;
	const values: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(mapper.value ?? {})) {
		const isExpression = String(raw?.[name] ?? '').startsWith('=');
		const leftEmpty = !isExpression && (value === null || value === '');
		if (!leftEmpty && value !== undefined) values[name] = plain(value);
	}
	return values;
}

/** Of an incoming item, what can be written; ids, read-only columns and foreign keys pass by. */
function writableOf(
	table: DataverseTable,
	json: IDataObject,
	operation: Operation,
	matchOn: string[],
): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(json)) {
		const column = table.columns.find((candidate) => candidate.name === name);
		if (!column) continue;
		const wanted = matchOn.includes(name) || (!column.isPrimaryId && isWritable(column, operation));
		if (!wanted) continue;
		const target = json[`${name}_table`];
		const pointsElsewhere =
			column.targets && typeof value === 'string' && typeof target === 'string';
		values[name] = pointsElsewhere ? `${target}(${value})` : plain(value);
	}
	return values;
}

/** Whether a column can be written by the operation. */
export function isWritable(column: DataverseColumn, operation: Operation): boolean {
	if (operation === 'create') return column.canCreate;
	return operation === 'update' ? column.canUpdate : column.canCreate || column.canUpdate;
}

/** n8n turns dates into Luxon objects here and there; their own clock says which day was meant. */
function plain(value: unknown): unknown {
	const date = value as { toISO?: () => string | null } | null;
	return typeof date?.toISO === 'function' ? date.toISO() : value;
}
