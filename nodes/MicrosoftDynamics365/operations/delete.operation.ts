import { remove } from '../../../apis/dataverse/rows/remove';
import { guid } from '../../../apis/dataverse/transport/odata';
import type { OperationDefinition } from '../../shared/operation';
import { WRITABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

export const deleteOperation: OperationDefinition = {
	value: 'delete',
	name: 'Delete',
	action: (resource) => `Delete ${aRow(resource)}`,
	description: 'Delete a record permanently',
	resources: [...WRITABLE_RESOURCES],
	properties: [ROW_TABLE, ROW_PICKER],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const id = guid(chosenRowId(context, itemIndex));
		await remove(await clientOf(context), table.set, id);
		return { deleted: true, [table.idColumn]: id };
	}),
};
