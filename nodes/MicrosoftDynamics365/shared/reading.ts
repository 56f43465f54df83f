import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { wireName, type DataverseTable } from '../../../apis/dataverse/metadata/table';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { TABLE_CHOICE } from './tableReference';
import { usualColumns } from './usualColumns';

export const SIMPLIFY: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const COLUMNS_OPTION: INodeProperties = {
	displayName: 'Column Names or IDs',
	name: 'columns',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getReadableColumns', loadOptionsDependsOn: TABLE_CHOICE },
	default: [],
	description:
		'The columns to return; if none is chosen, the usual ones. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

export const ALL_COLUMNS_OPTION: INodeProperties = {
	displayName: 'All Columns',
	name: 'allColumns',
	type: 'boolean',
	default: false,
	description: 'Whether to return every column of the table instead of the usual ones',
};

/** What to select, as the wire names it. Empty where everything is wanted. */
export function selectFor(
	context: IExecuteFunctions,
	itemIndex: number,
	table: DataverseTable,
): string[] {
	const options = context.getNodeParameter('options', itemIndex, {}) as {
		columns?: string[] | string;
		allColumns?: boolean;
	};
	if (options.allColumns) return [];
	const chosen = Array.isArray(options.columns)
		? options.columns
		: String(options.columns ?? '')
				.split(',')
				.map((name) => name.trim())
				.filter(Boolean);
	if (chosen.length === 0) return usualColumns(table).map(wireName);
	return [...new Set([table.idColumn, ...chosen])].map((name) =>
		wireName(columnNamed(table, name)),
	);
}
