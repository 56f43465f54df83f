import { RETURN_ALL } from '../../shared/returnAll';
import type { IDataObject } from 'n8n-workflow';

import { pages } from '../../../apis/dataverse/rows/query';
import type { OperationDefinition } from '../../shared/operation';
import { TABLE_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { COMBINE, FILTERS, filterFor, orderFor, SORT } from '../shared/filtering';
import { ALL_COLUMNS_OPTION, COLUMNS_OPTION, selectFor, SIMPLIFY } from '../shared/reading';
import { rowOutput } from '../shared/rowOutput';
import { ROW_TABLE } from '../shared/tableReference';
import { rows } from '../shared/words';

export const getManyOperation: OperationDefinition = {
	value: 'getAll',
	name: 'Get Many',
	action: (resource) => `Get many ${rows(resource)}`,
	description: 'Read many records, filtered and sorted',
	resources: [...TABLE_RESOURCES],
	properties: [
		ROW_TABLE,
		...RETURN_ALL,
		FILTERS,
		COMBINE,
		SORT,
		SIMPLIFY,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				ALL_COLUMNS_OPTION,
				COLUMNS_OPTION,
				{
					displayName: 'OData Filter',
					name: 'odataFilter',
					type: 'string',
					default: '',
					placeholder: "e.g. startswith(lastname,'Sm') and statecode eq 0",
					description:
						'An OData filter that has to be met as well, exactly as Dynamics 365 expects it',
				},
			],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const table = await tableFor(context, itemIndex);
		const returnAll = context.getNodeParameter('returnAll', itemIndex, false) as boolean;
		const reader = pages(await clientOf(context), table.set, {
			select: selectFor(context, itemIndex, table),
			filter: filterFor(context, itemIndex, table),
			orderBy: orderFor(context, itemIndex, table),
			limit: returnAll ? undefined : (context.getNodeParameter('limit', itemIndex, 50) as number),
			withLabels: true,
		});
		const simplify = context.getNodeParameter('simplify', itemIndex, true) as boolean;
		const out: IDataObject[] = [];
		for (let page = await reader.next(); page.done !== true; page = await reader.next()) {
			for (const row of page.value) out.push(rowOutput(table, row, simplify));
		}
		return out;
	}),
};
