import { update } from '../../../apis/dataverse/rows/update';
import type { OperationDefinition } from '../../shared/operation';
import { WRITABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { rowOutput } from '../shared/rowOutput';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { bodyFor, CLEAR_OPTION, columnsMapper, LOOKUPS, mappedValues } from '../shared/writing';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

export const updateOperation: OperationDefinition = {
	value: 'update',
	name: 'Update',
	action: (resource) => `Update ${aRow(resource)}`,
	description: 'Update an existing record; only the given columns change',
	resources: [...WRITABLE_RESOURCES],
	properties: [
		ROW_TABLE,
		ROW_PICKER,
		columnsMapper('getUpdateColumns'),
		LOOKUPS,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				CLEAR_OPTION,
				{
					displayName: 'Only If Row Version Is',
					name: 'rowVersion',
					type: 'string',
					default: '',
					placeholder: 'e.g. {{ $json.rowVersion }}',
					description:
						'The rowVersion that was read before. If somebody changed the record since, it is left alone and the item fails.',
				},
			],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const values = mappedValues(context, itemIndex, table, 'update');
		const version = context.getNodeParameter('options.rowVersion', itemIndex, '') as string;
		const row = await update(
			await clientOf(context),
			table.set,
			chosenRowId(context, itemIndex),
			bodyFor(table, values, 'update'),
			version.trim() || '*',
		);
		return rowOutput(table, row, true);
	}),
};
