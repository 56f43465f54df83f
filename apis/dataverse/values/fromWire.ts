import { wireName, type DataverseColumn } from '../metadata/table';
import type { Row } from '../transport/answer';
import { dateFromWire } from './dates';
import type { Plain } from './toWire';

/** A column's value in a row that was read: a lookup as the bare GUID, a day as a day. */
export function fromWire(column: DataverseColumn, row: Row): Plain {
	const value = row[wireName(column)];
	if (value === null || value === undefined) return null;
	if (column.type === 'DateTime' && typeof value === 'string') return dateFromWire(column, value);
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
		return value;
	return JSON.stringify(value);
}

/** What people see instead of the value: label of a choice, name of a row. Read with labels only. */
export function labelIn(column: DataverseColumn, row: Row): string | undefined {
	const label = row[`${wireName(column)}@OData.Community.Display.V1.FormattedValue`];
	return typeof label === 'string' ? label : undefined;
}

/** Which table a lookup points to. Read with labels only. */
export function targetIn(column: DataverseColumn, row: Row): string | undefined {
	const table = row[`${wireName(column)}@Microsoft.Dynamics.CRM.lookuplogicalname`];
	return typeof table === 'string' ? table : undefined;
}
