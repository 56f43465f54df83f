import type { IDataObject } from 'n8n-workflow';

import { describe } from '../../../apis/dataverse/metadata/describe';
import type { DataverseColumn } from '../../../apis/dataverse/metadata/table';
import type { OperationDefinition } from '../../shared/operation';
import { SETUP } from '../resources';
import { clientOf } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { TABLE } from '../shared/tableReference';

export const describeOperation: OperationDefinition = {
	value: 'describe',
	name: 'Describe',
	action: () => 'Describe a table',
	description: 'List the columns of a table with their types, lengths and choices',
	resources: [SETUP.value],
	properties: [
		{
			...TABLE,
			default: { mode: 'list', value: 'lead', cachedResultName: 'Lead (lead)' },
			description: 'The table to describe',
		},
	],
	execute: perDynamicsItem(async (context, itemIndex) => {
		const name = String(context.getNodeParameter('table', itemIndex, '', { extractValue: true }));
		const table = await describe(await clientOf(context), name.trim().toLowerCase(), {
			fresh: true,
		});
		return table.columns.map((column) => columnOutput(table.name, column));
	}),
};

function columnOutput(table: string, column: DataverseColumn): IDataObject {
	return {
		table,
		name: column.name,
		label: column.label,
		type: column.type,
		format: column.format ?? null,
		maxLength: column.maxLength ?? null,
		min: column.min ?? null,
		max: column.max ?? null,
		precision: column.precision ?? null,
		dateBehavior: column.dateBehavior ?? null,
		choices: column.choices?.map(({ value, label }) => ({ value, label })) ?? null,
		pointsTo: column.targets ?? null,
		required: column.required,
		canRead: column.canRead,
		canCreate: column.canCreate,
		canUpdate: column.canUpdate,
		isCustom: column.isCustom,
	};
}
