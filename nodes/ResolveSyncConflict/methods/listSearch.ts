import type { IDataObject, ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { dataverse } from '../../../apis/dataverse/client';
import { personFields } from '../../../apis/marketo/describe';
import { dynamicsPort } from '../../shared/dynamicsPort';
import { toColumn } from '../../shared/marketoColumns';
import { connectMarketo } from '../../shared/marketoConnection';
import { createWire } from '../../shared/send';
import { DYNAMICS_API, MARKETO_API } from '../../shared/syncPorts';
import type { DynamicsTable } from '../../../sync/items';
import type { Column } from '../../../sync/values';
import { columnName } from './columnName';

async function dynamicsColumns(context: ILoadOptionsFunctions, table: DynamicsTable, filter?: string): Promise<INodeListSearchResult> {
	needCredential(context, DYNAMICS_API, 'Microsoft Dynamics 365 API');
	const wire = await createWire(context, DYNAMICS_API);
	const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(DYNAMICS_API);
	const columns = await dynamicsPort(dataverse(wire, environmentUrl)).describe(table);
	return { results: listed(columns, filter) };
}

export async function searchLeadColumns(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await dynamicsColumns(this, 'lead', filter);
}

export async function searchContactColumns(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await dynamicsColumns(this, 'contact', filter);
}

export async function searchPersonFields(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	needCredential(this, MARKETO_API, 'Marketo API');
	const fields = await personFields(await connectMarketo(this));
	return { results: listed(fields.map(toColumn), filter) };
}

export async function searchMappedLeadColumns(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return mapped(this, 'lead', filter);
}

export async function searchMappedContactColumns(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return mapped(this, 'contact', filter);
}

/** The rows of the mapping as it stands in the editor; costs no call. */
function mapped(context: ILoadOptionsFunctions, table: DynamicsTable, filter?: string): INodeListSearchResult {
	const parameters = (context.getCurrentNodeParameters() ?? {}) as IDataObject;
	const results: INodeListSearchItems[] = [];
	for (const suffix of ['BothWays', 'ToMarketo', 'ToDynamics']) {
		const rows = (parameters[`${table}${suffix}`] as { rows?: Array<{ column?: { value?: string; cachedResultName?: string } | string }> } | undefined)?.rows ?? [];
		for (const { column } of rows) {
			const value = typeof column === 'object' ? String(column.value ?? '') : String(column ?? '');
			const name = typeof column === 'object' ? (column.cachedResultName ?? value) : value;
			if (value) results.push({ name, value });
		}
	}
	return { results: results.filter(({ name }) => matches(name, filter)) };
}

function listed(columns: Column[], filter?: string): INodeListSearchItems[] {
	return columns
		.map((column) => ({ name: columnName(column), value: column.name }))
		.filter(({ name }) => matches(name, filter))
		.sort((a, b) => a.name.localeCompare(b.name));
}

function matches(name: string, filter?: string): boolean {
	return !filter || name.toLowerCase().includes(filter.trim().toLowerCase());
}

function needCredential(context: ILoadOptionsFunctions, type: string, name: string) {
	if (context.getNode().credentials?.[type]) return;
	throw new NodeOperationError(context.getNode(), `Choose the ${name} credential first`, { description: 'The list shows the live columns of that system' });
}
