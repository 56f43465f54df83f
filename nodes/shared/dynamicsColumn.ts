import type { ColumnType, DataverseColumn } from '../../apis/dataverse/metadata/table';
import type { Column, ValueType } from '../../sync/values';

const TYPES: Record<ColumnType, ValueType> = {
	String: 'text',
	Memo: 'longText',
	Integer: 'integer',
	BigInt: 'integer',
	Decimal: 'decimal',
	Double: 'decimal',
	Money: 'decimal',
	Boolean: 'boolean',
	DateTime: 'dateTime',
	Picklist: 'choice',
	MultiSelectPicklist: 'multiChoice',
	State: 'choice',
	Status: 'choice',
	Lookup: 'lookup',
	Customer: 'lookup',
	Owner: 'lookup',
	Uniqueidentifier: 'id',
};

const TEXT_FORMATS: Record<string, ValueType> = { Email: 'email', Phone: 'phone', Url: 'url' };

/** A Dataverse column in the words of sync. */
export function syncColumn(column: DataverseColumn): Column {
	const described: Column = {
		name: column.name,
		label: column.label,
		type: typeOf(column),
		canCreate: column.canCreate,
		canUpdate: column.canUpdate,
		required: column.required === 'SystemRequired',
	};
	if (column.required === 'ApplicationRequired') described.expected = true;
	if (column.maxLength !== undefined) described.maxLength = column.maxLength;
	if (column.min !== undefined) described.min = column.min;
	if (column.max !== undefined) described.max = column.max;
	if (column.precision !== undefined) described.precision = column.precision;
	if (described.type === 'dateTime' && column.dateBehavior === 'TimeZoneIndependent')
		described.wallClock = true;
	if (column.choices) described.options = column.choices;
	return described;
}

function typeOf(column: DataverseColumn): ValueType {
	if (column.type === 'String') return TEXT_FORMATS[column.format ?? ''] ?? 'text';
	if (column.type === 'DateTime' && isDay(column)) return 'date';
	return TYPES[column.type];
}

/** A local time that is only shown as a day is still a moment; it differs by time zone. */
function isDay({ dateBehavior, format }: DataverseColumn): boolean {
	if (dateBehavior === 'DateOnly') return true;
	return dateBehavior === 'TimeZoneIndependent' && format === 'DateOnly';
}
