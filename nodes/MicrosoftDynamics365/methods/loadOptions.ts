import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import type { DataverseColumn } from '../../../apis/dataverse/metadata/table';
import { columnsByUse } from '../shared/usualColumns';
import { forEditor, offeredTable } from './offered';

/** Columns that can be read, usual ones first. */
export async function getReadableColumns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead);
}

/** Columns that can be emptied. */
export async function getClearableColumns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await columnOptions(
		this,
		(column) =>
			column.canUpdate &&
			column.required !== 'SystemRequired' &&
			!['State', 'Status', 'Boolean', 'Owner'].includes(column.type),
	);
}

/** Columns that point to another row and can be set. */
export async function getLookupColumns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await columnOptions(
		this,
		(column) => Boolean(column.bindings?.length) && (column.canCreate || column.canUpdate),
	);
}

async function columnOptions(
	context: ILoadOptionsFunctions,
	offered: (column: DataverseColumn) => boolean,
): Promise<INodePropertyOptions[]> {
	return await forEditor(context, async () => {
		const table = await offeredTable(context);
		return columnsByUse(table)
			.filter(offered)
			.map(({ name, label }) => ({ name: `${label} (${name})`, value: name }));
	});
}
