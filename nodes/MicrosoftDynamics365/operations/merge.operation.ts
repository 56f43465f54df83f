import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { mergeRows } from '../../../apis/dataverse/actions/mergeRows';
import type { Dataverse } from '../../../apis/dataverse/client';
import { wireName, type DataverseTable } from '../../../apis/dataverse/metadata/table';
import { get } from '../../../apis/dataverse/rows/get';
import type { Row } from '../../../apis/dataverse/transport/answer';
import { guid } from '../../../apis/dataverse/transport/odata';
import { columnNamed, writeBody, type WriteBody } from '../../../apis/dataverse/values/body';
import { fromWire, targetIn } from '../../../apis/dataverse/values/fromWire';
import type { OperationDefinition } from '../../shared/operation';
import { MERGED_RESOURCES } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { rows } from '../shared/words';

const OTHER = 'subordinateId';

export const mergeOperation: OperationDefinition = {
	value: 'merge',
	name: 'Merge',
	action: (resource) => `Merge two ${rows(resource)}`,
	description:
		'Merge a record into another one permanently; it is deactivated, and the other one stays',
	resources: [...MERGED_RESOURCES],
	properties: [
		{ ...ROW_PICKER, description: 'The record that stays' },
		{
			...ROW_PICKER,
			displayName: 'Record to Merge Into It',
			name: OTHER,
			description: 'The record that is merged into the one above and deactivated',
		},
		{
			displayName: 'Column Names or IDs to Take Over',
			name: 'takeOver',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getMergeColumns' },
			default: [],
			description:
				'Columns whose values come from the record that is merged; all others keep those of the record that stays. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Check Parents',
					name: 'checkParents',
					type: 'boolean',
					default: false,
					description:
						'Whether Dynamics refuses to merge two records that belong to different parent records',
				},
				{
					displayName: 'Take Over Only Where Empty',
					name: 'onlyWhereEmpty',
					type: 'boolean',
					default: false,
					description:
						'Whether a column is taken over only where the record that stays has nothing in it',
				},
			],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex): Promise<IDataObject> => {
		const client = await clientOf(context);
		const table = await tableFor(context, itemIndex);
		const target = guid(chosenRowId(context, itemIndex));
		const subordinate = guid(chosenRowId(context, itemIndex, OTHER));
		const { body, select } = await takenOver(
			context,
			itemIndex,
			client,
			table,
			target,
			subordinate,
		);
		const checkParents = context.getNodeParameter(
			'options.checkParents',
			itemIndex,
			false,
		) as boolean;
		await mergeRows(client, table, { target, subordinate, content: body, checkParents });
		const taken = table.columns.filter((column) => select.includes(wireName(column)));
		return {
			[table.idColumn]: target,
			merged: subordinate,
			takenOver: taken.map(({ name }) => name),
		};
	}),
};

/** What the row that stays gets of the other one's chosen columns. @throws DataverseProblem */
async function takenOver(
	context: IExecuteFunctions,
	itemIndex: number,
	client: Dataverse,
	table: DataverseTable,
	target: string,
	subordinate: string,
): Promise<WriteBody> {
	const given = context.getNodeParameter('takeOver', itemIndex, []) as string[] | string;
	const names = (Array.isArray(given) ? given : given.split(','))
		.map((name) => name.trim())
		.filter((name) => name !== '');
	if (names.length === 0) return { body: {}, select: [] };
	const columns = names.map((name) => columnNamed(table, name));
	const options = { select: columns.map(wireName), withLabels: true };
	const there = await get(client, table.set, subordinate, options);
	const onlyWhereEmpty = context.getNodeParameter('options.onlyWhereEmpty', itemIndex, false);
	const own: Row = onlyWhereEmpty ? await get(client, table.set, target, options) : {};
	const values: Record<string, unknown> = {};
	for (const column of columns) {
		const value = fromWire(column, there);
		const isTaken = onlyWhereEmpty ? isEmpty(fromWire(column, own)) && !isEmpty(value) : true;
		if (!isTaken) continue;
		const points =
			column.targets && typeof value === 'string' ? targetIn(column, there) : undefined;
		values[column.name] = points === undefined ? value : `${points}(${String(value)})`;
	}
	return writeBody(table, values, 'update');
}

function isEmpty(value: unknown): boolean {
	return value === null || value === undefined || value === '';
}
