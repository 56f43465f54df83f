import type { IDataObject, ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { dataverse } from '../../../apis/dataverse/client';
import { personFields } from '../../../apis/marketo/fields/personFields';
import { dynamicsPort } from '../../shared/dynamicsPort';
import { toColumn } from '../../shared/marketoColumns';
import { connectMarketo } from '../../shared/marketoConnection';
import { createWire } from '../../shared/send';
import { DYNAMICS_API, MARKETO_API } from '../../shared/syncPorts';
import type { DynamicsTable } from '../../../sync/items';
import type { Column } from '../../../sync/values';
import { columnName } from './columnName';

/** How many entries a list gets at a time: the editor draws them all, and asks for more on scrolling. */
const PAGE = 200;
/** How long what was read when a list was opened serves searching and scrolling in it. */
const SEARCHED_MS = 2 * 60_000;

const opened = new Map<string, { at: number; columns: Column[] }>();

/** Opening a list reads the live system; searching and scrolling in it do not read it again. */
async function columnsFor(
	context: ILoadOptionsFunctions,
	{ credential, what, again }: { credential: string; what: string; again: boolean },
	read: () => Promise<Column[]>,
): Promise<Column[]> {
	const key = `${context.getNode().credentials![credential]!.id} ${what}`;
	const kept = opened.get(key);
	if (again && kept && Date.now() - kept.at < SEARCHED_MS) return kept.columns;
	const columns = await read();
	opened.set(key, { at: Date.now(), columns });
	return columns;
}

async function dynamicsColumns(
	context: ILoadOptionsFunctions,
	table: DynamicsTable,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	needCredential(context, DYNAMICS_API, 'Microsoft Dynamics 365 API');
	const again = Boolean(filter) || Boolean(page);
	const columns = await columnsFor(context, { credential: DYNAMICS_API, what: table, again }, async () => {
		const wire = await createWire(context, DYNAMICS_API);
		const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(DYNAMICS_API);
		return await dynamicsPort(dataverse(wire, environmentUrl)).describe(table);
	});
	return listed(columns, filter, page);
}

export async function searchLeadColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await dynamicsColumns(this, 'lead', filter, page);
}

export async function searchContactColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await dynamicsColumns(this, 'contact', filter, page);
}

export async function searchPersonFields(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	needCredential(this, MARKETO_API, 'Marketo API');
	const again = Boolean(filter) || Boolean(page);
	const fields = await columnsFor(this, { credential: MARKETO_API, what: 'person', again }, async () =>
		(await personFields(await connectMarketo(this))).map(toColumn),
	);
	return listed(fields, filter, page);
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

function listed(columns: Column[], filter?: string, page?: string): INodeListSearchResult {
	const found = columns
		.map((column) => ({ name: columnName(column), value: column.name }))
		.filter(({ name }) => matches(name, filter))
		.sort((a, b) => a.name.localeCompare(b.name));
	const start = Number(page ?? 0);
	const end = start + PAGE;
	return {
		results: found.slice(start, end),
		...(end < found.length && { paginationToken: String(end) }),
	};
}

function matches(name: string, filter?: string): boolean {
	return !filter || name.toLowerCase().includes(filter.trim().toLowerCase());
}

function needCredential(context: ILoadOptionsFunctions, type: string, name: string) {
	if (context.getNode().credentials?.[type]) return;
	throw new NodeOperationError(context.getNode(), `Choose the ${name} credential first`, { description: 'The list shows the live columns of that system' });
}
