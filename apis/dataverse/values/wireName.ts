import type { DataverseColumn } from '../metadata/table';

/** The name that a column has in `$select`, `$filter` and rows: lookups are read as `_name_value`. */
export function wireName(column: Pick<DataverseColumn, 'name' | 'targets'>): string {
	return column.targets ? `_${column.name}_value` : column.name;
}
