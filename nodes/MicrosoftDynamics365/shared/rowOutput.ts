import type { IDataObject } from 'n8n-workflow';

import {
	wireName,
	type DataverseColumn,
	type DataverseTable,
} from '../../../apis/dataverse/metadata/table';
import { versionOf, type Row } from '../../../apis/dataverse/transport/answer';
import { fromWire, labelIn, targetIn } from '../../../apis/dataverse/values/fromWire';
import { columnsByUse } from './usualColumns';

/**
 * A row as the node puts it out. Simplified: columns by logical name, lookups as ids, `<column>_label`
 * where people see something else than the value, and `<column>_table` where a lookup may point to several
 * tables. Otherwise as Dataverse sent it.
 */
export function rowOutput(table: DataverseTable, row: Row, simplify: boolean): IDataObject {
	if (!simplify) return row as IDataObject;
	const out: IDataObject = {};
	const id = row[table.idColumn];
	if (typeof id === 'string') out[table.idColumn] = id;
	for (const column of columnsByUse(table)) {
		if (!(wireName(column) in row)) continue;
		out[column.name] = fromWire(column, row);
		if (hasLabel(column)) {
			const label = labelIn(column, row);
			if (label !== undefined) out[`${column.name}_label`] = label;
		}
		const target = (column.targets?.length ?? 0) > 1 ? targetIn(column, row) : undefined;
		if (target !== undefined) out[`${column.name}_table`] = target;
	}
	const version = versionOf(row);
	if (version !== undefined) out.rowVersion = version;
	return out;
}

/** Dates and amounts have formatted values too, but in the language of a user that nobody chose. */
function hasLabel(column: DataverseColumn): boolean {
	return (
		column.targets !== undefined || (column.choices !== undefined && column.type !== 'Boolean')
	);
}
