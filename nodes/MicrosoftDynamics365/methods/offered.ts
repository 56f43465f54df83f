import {
	NodeApiError,
	NodeOperationError,
	type ILoadOptionsFunctions,
	type JsonObject,
} from 'n8n-workflow';

import { describe } from '../../../apis/dataverse/metadata/describe';
import type { DataverseTable } from '../../../apis/dataverse/metadata/table';
import { ROW, tableOf } from '../resources';
import { clientOf } from '../shared/client';
import { dynamicsError } from '../shared/dynamicsError';

/** The table of the resource that is chosen in the editor, freshly described. */
export async function offeredTable(context: ILoadOptionsFunctions): Promise<DataverseTable> {
	const resource = context.getCurrentNodeParameter('resource') as string | undefined;
	if (resource !== ROW.value)
		return await describe(await clientOf(context), tableOf(resource ?? 'lead'));
	const chosen = context.getCurrentNodeParameter('table', { extractValue: true });
	const name = typeof chosen === 'string' ? chosen.trim().toLowerCase() : '';
	if (!name) throw new NodeOperationError(context.getNode(), "Choose a table first, under 'Table'");
	return await describe(await clientOf(context), name);
}

/** Does what fills a list, so that the editor shows what is wrong in words. */
export async function forEditor<Result>(
	context: ILoadOptionsFunctions,
	work: () => Promise<Result>,
): Promise<Result> {
	return await work().catch((error: unknown) => {
		const shown = dynamicsError(context.getNode(), error);
		throw shown instanceof Error ? shown : new NodeApiError(context.getNode(), shown as JsonObject);
	});
}
