import type {
	FieldType,
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import type { ColumnType, DataverseColumn } from '../../../apis/dataverse/metadata/table';
import { columnsByUse, isUsual } from '../shared/usualColumns';
import { isWritable } from '../shared/writing';
import { forEditor, offeredTable } from './offered';

/** A longer list of choices would be stored in every node of every workflow. */
const MOST_CHOICES = 50;

const FIELD_TYPES: Partial<Record<ColumnType, FieldType>> = {
	Integer: 'number',
	BigInt: 'number',
	Decimal: 'number',
	Double: 'number',
	Money: 'number',
	Boolean: 'boolean',
	DateTime: 'dateTime',
};

const MATCHABLE: ReadonlySet<ColumnType> = new Set<ColumnType>([
	'String',
	'Integer',
	'Uniqueidentifier',
]);

/** Kept by Dynamics itself; they only get in the way among the columns to map. */
const HOUSEKEEPING =
	/^(importsequencenumber|overriddencreatedon|timezoneruleversionnumber|utcconversiontimezonecode|processid|stageid|traversedpath)$/;

/** Columns for a new row. */
export async function getCreateColumns(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'create');
}

/** Columns of a row that is there. */
export async function getUpdateColumns(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'update');
}

/** Columns for a row that may be there, with those that can tell it. */
export async function getUpsertColumns(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'upsert');
}

async function fieldsFor(
	context: ILoadOptionsFunctions,
	operation: 'create' | 'update' | 'upsert',
): Promise<ResourceMapperFields> {
	return await forEditor(context, async () => {
		const table = await offeredTable(context);
		const fields = columnsByUse(table)
			.filter((column) => isOffered(column, operation))
			.map((column) => fieldFor(column, operation));
		return {
			fields,
			emptyFieldsNotice: 'The user of the credential may not write any column of this table.',
		};
	});
}

function isOffered(column: DataverseColumn, operation: 'create' | 'update' | 'upsert'): boolean {
	if (column.isPrimaryId) return operation === 'upsert';
	return isWritable(column, operation) && !HOUSEKEEPING.test(column.name);
}

function fieldFor(
	column: DataverseColumn,
	operation: 'create' | 'update' | 'upsert',
): ResourceMapperField {
	const choices =
		column.type === 'Boolean' || column.type === 'MultiSelectPicklist' ? undefined : column.choices;
	const listed = choices && choices.length <= MOST_CHOICES ? choices : undefined;
	const matchable = operation === 'upsert' && MATCHABLE.has(column.type);
	const matchByDefault = operation === 'upsert' && column.name === 'emailaddress1';
	return {
		id: column.name,
		displayName: displayName(column),
		required: false,
		defaultMatch: matchByDefault,
		canBeUsedToMatch: matchable,
		display: true,
		readOnly: false,
		removed: !isUsual(column) && !matchByDefault,
		type: listed ? 'options' : (FIELD_TYPES[column.type] ?? 'string'),
		...(listed ? { options: listed.map(({ value, label }) => ({ name: label, value })) } : {}),
	};
}

/** What the editor's widgets cannot show is said in the name. */
function displayName(column: DataverseColumn): string {
	const name = `${column.label} (${column.name})`;
	if (column.targets) return `${name} · ID of ${column.targets.join(' or ')}`;
	if (column.type === 'MultiSelectPicklist') return `${name} · choices, comma separated`;
	return name;
}
