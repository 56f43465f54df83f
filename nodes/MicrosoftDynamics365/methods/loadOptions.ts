import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { describe } from '../../../apis/dataverse/metadata/describe';
import type { Choice, DataverseColumn } from '../../../apis/dataverse/metadata/table';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { CONTACT, LEAD } from '../resources';
import { clientOf } from '../shared/client';
import { columnsByUse } from '../shared/usualColumns';
import { forEditor, offeredTable } from './offered';

/** Columns that can be read, usual ones first. */
export async function getReadableColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead);
}

/** Those of leads, whatever the resource: for the filter of the sync. */
export async function getLeadColumns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead, LEAD.table);
}

/** Those of contacts, likewise. */
export async function getContactColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead, CONTACT.table);
}

/** Those of accounts, likewise. */
export async function getAccountColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead, 'account');
}

/** Those of opportunities, likewise. */
export async function getOpportunityColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(this, (column) => column.canRead, 'opportunity');
}

/** Columns that can be emptied. */
export async function getClearableColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(
		this,
		(column) =>
			column.canUpdate &&
			column.required !== 'SystemRequired' &&
			!['State', 'Status', 'Boolean', 'Owner'].includes(column.type),
	);
}

/** Columns that point to another row and can be set. */
export async function getLookupColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(
		this,
		(column) => Boolean(column.bindings?.length) && (column.canCreate || column.canUpdate),
	);
}

/** Microsoft's status reasons of tasks that are closed; a new task is open. */
const CLOSED_TASK: readonly number[] = [5, 6];

/** Microsoft's status reasons of opportunities that are open. */
const OPEN_OPPORTUNITY: readonly number[] = [1, 2];

/** Status reasons that a new task can have. */
export async function getTaskStatusReasons(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await statusReasons(this, 'task', ({ value }) => !CLOSED_TASK.includes(value));
}

/** Status reasons of an opportunity that has ended. Microsoft's two open ones are left out. */
export async function getClosingReasons(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await statusReasons(this, 'opportunity', ({ value }) => !OPEN_OPPORTUNITY.includes(value));
}

/** Microsoft's state of leads that are qualified. */
const QUALIFIED_LEAD = 1;

/** Status reasons of a qualified lead. */
export async function getQualifiedReasons(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await statusReasons(this, 'lead', ({ state }) => state === QUALIFIED_LEAD);
}

async function statusReasons(
	context: ILoadOptionsFunctions,
	table: string,
	isOffered: (reason: Choice) => boolean,
): Promise<INodePropertyOptions[]> {
	return await forEditor(context, async () => {
		const { choices = [] } = columnNamed(
			await describe(await clientOf(context), table),
			'statuscode',
		);
		return choices.filter(isOffered).map(({ value, label }) => ({ name: label, value }));
	});
}

/** Columns that a merge can take over. */
export async function getMergeColumns(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await columnOptions(
		this,
		(column) =>
			column.canUpdate && column.canRead && !['State', 'Status', 'Owner'].includes(column.type),
	);
}

async function columnOptions(
	context: ILoadOptionsFunctions,
	offered: (column: DataverseColumn) => boolean,
	of?: string,
): Promise<INodePropertyOptions[]> {
	return await forEditor(context, async () => {
		const table = of ? await describe(await clientOf(context), of) : await offeredTable(context);
		return columnsByUse(table)
			.filter(offered)
			.map(({ name, label }) => ({ name: `${label} (${name})`, value: name }));
	});
}
