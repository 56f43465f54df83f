import type { OperationDefinition } from '../../shared/operation';
import { WRITABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { rowOutput } from '../shared/rowOutput';
import { createOrUpdate } from '../shared/upserting';
import {
	CLEAR_OPTION,
	columnsMapper,
	detectDuplicates,
	DUPLICATES_OPTION,
	LOOKUPS,
	mappedValues,
} from '../shared/writing';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

export const createOrUpdateOperation: OperationDefinition = {
	value: 'upsert',
	name: 'Create or Update',
	action: (resource) => `Create or update ${aRow(resource)}`,
	description: 'Create a new record, or update the current one if it already exists (upsert)',
	resources: [...WRITABLE_RESOURCES],
	properties: [
		ROW_TABLE,
		columnsMapper('getUpsertColumns'),
		LOOKUPS,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [CLEAR_OPTION, DUPLICATES_OPTION],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const matchOn = context.getNodeParameter('columns.matchingColumns', itemIndex, []) as string[];
		const values = mappedValues(context, itemIndex, table, 'upsert', matchOn);
		const { row, created } = await createOrUpdate(await clientOf(context), table, matchOn, values, {
			detectDuplicates: detectDuplicates(context, itemIndex),
		});
		return { ...rowOutput(table, row, true), created };
	}),
};
