import { get } from '../../../apis/dataverse/rows/get';
import type { OperationDefinition } from '../../shared/operation';
import { TABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { ALL_COLUMNS_OPTION, COLUMNS_OPTION, selectFor, SIMPLIFY } from '../shared/reading';
import { rowOutput } from '../shared/rowOutput';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

export const getOperation: OperationDefinition = {
	value: 'get',
	name: 'Get',
	action: (resource) => `Get ${aRow(resource)}`,
	description: 'Read one record by its ID',
	resources: [...TABLE_RESOURCES],
	properties: [
		ROW_TABLE,
		ROW_PICKER,
		SIMPLIFY,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [ALL_COLUMNS_OPTION, COLUMNS_OPTION],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const row = await get(await clientOf(context), table.set, chosenRowId(context, itemIndex), {
			select: selectFor(context, itemIndex, table),
			withLabels: true,
		});
		return rowOutput(table, row, context.getNodeParameter('simplify', itemIndex, true) as boolean);
	}),
};
