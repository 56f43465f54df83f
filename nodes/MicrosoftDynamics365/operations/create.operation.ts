import { randomUUID } from 'crypto';

import { create } from '../../../apis/dataverse/rows/create';
import type { OperationDefinition } from '../../shared/operation';
import { WRITABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { rowOutput } from '../shared/rowOutput';
import {
	bodyFor,
	columnsMapper,
	detectDuplicates,
	DUPLICATES_OPTION,
	LOOKUPS,
	mappedValues,
} from '../shared/writing';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

export const createOperation: OperationDefinition = {
	value: 'create',
	name: 'Create',
	action: (resource) => `Create ${aRow(resource)}`,
	description: 'Create a record',
	resources: [...WRITABLE_RESOURCES],
	properties: [
		ROW_TABLE,
		columnsMapper('getCreateColumns'),
		LOOKUPS,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [DUPLICATES_OPTION],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const values = mappedValues(context, itemIndex, table, 'create');
		const row = await create(
			await clientOf(context),
			table.set,
			randomUUID(),
			bodyFor(table, values, 'create'),
			{ detectDuplicates: detectDuplicates(context, itemIndex) },
		);
		return rowOutput(table, row, true);
	}),
};
