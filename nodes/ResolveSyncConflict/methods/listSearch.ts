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
import { GROUPS } from '../../shared/mappingParameters';
import { columnName } from './columnName';

/** How many entries a list gets at a time: the editor draws them all, and asks for more on scrolling. */
const PAGE = 200;

/** Last, so that it is out of the way in a row that is chosen anew: n8n keeps the name with the value. */
const MAPPED = ' · mapped';
const DEPRECATED = /\bdeprecated\b/i;
/** One for all: making one per comparison costs more than everything else a list does. */
const ORDER = new Intl.Collator('en');

type Picked = { value?: string; cachedResultName?: string } | string;
type Row = { column?: Picked; field?: Picked };

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
	return await known(this, 'lead', 'lead', filter, page);
}

export async function searchContactColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'contact', 'contact', filter, page);
}

export async function searchLeadFields(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'person', 'lead', filter, page);
}

export async function searchContactFields(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await known(this, 'person', 'contact', filter, page);
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
	const results = chosen(context, table, 'column');
	return { results: results.filter(({ name }) => matches(name, filter)) };
}

/** What the rows of a table's mapping have on one side, as it stands in the editor. */
function chosen(
	context: ILoadOptionsFunctions,
	table: PeopleTable,
	side: 'column' | 'field',
): INodeListSearchItems[] {
	const parameters = (context.getCurrentNodeParameters() ?? {}) as IDataObject;
	return GROUPS.flatMap(({ suffix }) => {
		const group = parameters[`${table}${suffix}`] as { rows?: Row[] } | undefined;
		return (group?.rows ?? []).flatMap(({ [side]: picked }) => {
			const { value = '', cachedResultName } =
				typeof picked === 'object' ? picked : { value: picked };
			return value ? [{ name: cachedResultName ?? value, value }] : [];
		});
	});
}

/**
 * What the ledger keeps of a table; costs no call.
 *
 * @throws NodeOperationError where no step has looked yet
 */
async function known(
	context: ILoadOptionsFunctions,
	table: keyof typeof FILLED_BY,
	mapping: PeopleTable,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(context);
	const columns = await keptColumns(db, table);
	if (columns.size > 0) {
		const used = chosen(context, mapping, table === 'person' ? 'field' : 'column');
		const values = new Set(used.map(({ value }) => value));
		return listed([...columns.values()], values, filter, page);
	}
	const { what, step } = FILLED_BY[table];
	// All of it is the message: a list shows no description.
	throw new NodeOperationError(
		context.getNode(),
		`The ${what} are not known yet. Execute the step "${step}" once, then open this list again`,
	);
}

function listed(
	columns: Column[],
	used: ReadonlySet<unknown>,
	filter?: string,
	page?: string,
): INodeListSearchResult {
	const found = columns
		.map((column) => ({
			name: columnName(column) + (used.has(column.name) ? MAPPED : ''),
			value: column.name,
			isOld: DEPRECATED.test(column.label),
			isApart: !hasAsTyped(columnName(column), filter),
		}))
		.filter(({ name }) => matches(name, filter))
		.sort(
			(a, b) =>
				Number(a.isOld) - Number(b.isOld) ||
				Number(a.isApart) - Number(b.isApart) ||
				ORDER.compare(a.name, b.name),
		)
		.map(({ name, value }) => ({ name, value }));
	const start = Number(page ?? 0);
	const end = start + PAGE;
	return {
		results: found.slice(start, end),
		...(end < found.length && { paginationToken: String(end) }),
	};
}

/** Whether the name has the text as it was typed; those come first. */
function hasAsTyped(name: string, filter = ''): boolean {
	return name.toLowerCase().includes(filter.trim().toLowerCase());
}

/** Whether the name has each word that was typed, in any order: of the display or the logical name, or the type. */
function matches(name: string, filter = ''): boolean {
	const words = filter.toLowerCase().split(/\s+/);
	return words.every((word) => name.toLowerCase().includes(word));
}
