import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { PeopleTable } from '../../../sync/items';
import type { PERSON } from '../../../sync/lanes/people';
import { keptColumns } from '../../../sync/ledger/columns';
import type { Column } from '../../../sync/values';
import { openNodeLedger } from '../../shared/ledger';
import { columnName } from './columnName';

/** How many entries a list gets at a time: the editor draws them all, and asks for more on scrolling. */
const PAGE = 200;

/** What the lists hold, and the steps of the shipped workflow that look what there is. */
const FILLED_BY: Record<PeopleTable | typeof PERSON, { what: string; step: string }> = {
	lead: { what: 'columns of leads', step: 'Get Dynamics Changes' },
	contact: { what: 'columns of contacts', step: 'Get Dynamics Changes' },
	person: { what: 'fields of people', step: 'Get Marketo Changes' },
};

export async function searchLeadColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'lead', filter, page);
}

export async function searchContactColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'contact', filter, page);
}

export async function searchPersonFields(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'person', filter, page);
}

export async function searchMappedLeadColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return mapped(this, 'lead', filter);
}

export async function searchMappedContactColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return mapped(this, 'contact', filter);
}

/** The rows of the mapping as it stands in the editor; costs no call. */
function mapped(
	context: ILoadOptionsFunctions,
	table: PeopleTable,
	filter?: string,
): INodeListSearchResult {
	const parameters = (context.getCurrentNodeParameters() ?? {}) as IDataObject;
	const results: INodeListSearchItems[] = [];
	for (const suffix of ['BothWays', 'ToMarketo', 'ToDynamics']) {
		const rows =
			(
				parameters[`${table}${suffix}`] as
					| { rows?: Array<{ column?: { value?: string; cachedResultName?: string } | string }> }
					| undefined
			)?.rows ?? [];
		for (const { column } of rows) {
			const value = typeof column === 'object' ? String(column.value ?? '') : String(column ?? '');
			const name = typeof column === 'object' ? (column.cachedResultName ?? value) : value;
			if (value) results.push({ name, value });
		}
	}
	return { results: results.filter(({ name }) => matches(name, filter)) };
}

/**
 * What the ledger keeps of a table; costs no call.
 *
 * @throws NodeOperationError where no step has looked yet
 */
async function known(
	context: ILoadOptionsFunctions,
	table: keyof typeof FILLED_BY,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(context);
	const columns = await keptColumns(db, table);
	if (columns.size > 0) return listed([...columns.values()], filter, page);
	const { what, step } = FILLED_BY[table];
	// All of it is the message: a list shows no description.
	throw new NodeOperationError(
		context.getNode(),
		`The ${what} are not known yet. Execute the step "${step}" once, then open this list again`,
	);
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
