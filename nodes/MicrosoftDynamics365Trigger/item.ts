import type { IDataObject } from 'n8n-workflow';

import {
	wireName,
	type DataverseColumn,
	type DataverseTable,
} from '../../apis/dataverse/metadata/table';
import type { Row } from '../../apis/dataverse/transport/answer';
import { fromWire } from '../../apis/dataverse/values/fromWire';
import type { EventName, Setting } from './setting';

/** What the trigger puts out, however it came to know. */
export interface ChangeItem extends IDataObject {
	event: EventName;
	/** Logical name. */
	table: string;
	id: string;
	/** What people call the row; null where it is not known any more. */
	label: string | null;
	/** ISO 8601; null where Dynamics does not say. */
	changedAt: string | null;
	/** Id of the user; null where Dynamics does not say. */
	changedBy: string | null;
	values: IDataObject;
	/** By webhook: columns as they were before an update or a deletion. */
	before?: IDataObject;
	/** Something to know about this item. */
	note?: string;
}

const STAMPS = ['createdon', 'createdby', 'modifiedon', 'modifiedby'];

/** Names to select so that an item can be made of the row. */
export function selectFor({ table, columns }: Setting): string[] {
	const needed = table.columns.filter(
		({ name }) => name === table.idColumn || name === table.nameColumn || STAMPS.includes(name),
	);
	return [...new Set([...needed, ...columns].map(wireName))];
}

/** The item of a row as it was read. */
export function rowItem(setting: Setting, event: EventName, row: Row): ChangeItem {
	const { table } = setting;
	return {
		event,
		table: table.name,
		id: String(row[table.idColumn]).toLowerCase(),
		label: labelOf(table, row),
		changedAt: textOf(row.modifiedon),
		changedBy: textOf(row._modifiedby_value),
		values: valuesOf(setting.columns, row),
	};
}

/** The item of a row of which nothing is left but its id. */
export function deletedItem({ table }: Setting, id: string): ChangeItem {
	return {
		event: 'deleted',
		table: table.name,
		id,
		label: null,
		changedAt: null,
		changedBy: null,
		values: {},
	};
}

/** The values of those columns that are in the row, by logical name. */
export function valuesOf(columns: readonly DataverseColumn[], row: Row): IDataObject {
	const values: IDataObject = {};
	for (const column of columns) {
		if (wireName(column) in row) values[column.name] = fromWire(column, row);
	}
	return values;
}

/** What people call the row, where the table has a column for that and it is in the row. */
export function labelOf(table: DataverseTable, row: Row): string | null {
	return table.nameColumn === table.idColumn ? null : textOf(row[table.nameColumn]);
}

function textOf(value: unknown): string | null {
	return typeof value === 'string' && value !== '' ? value : null;
}
