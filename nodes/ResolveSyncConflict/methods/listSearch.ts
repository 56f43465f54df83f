import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { DynamicsTable, Table } from '../../../sync/items';
import { customObjectKey, customObjectOf } from '../../../sync/lanes/customTables';
import { COMPANY } from '../../../sync/lanes/companies';
import { OPPORTUNITY } from '../../../sync/lanes/opportunities';
import { SALES_PERSON } from '../../../sync/lanes/owners';
import { PERSON } from '../../../sync/lanes/people';
import { CONNECTION, OPPORTUNITY_ROLE, POTENTIAL_CUSTOMER } from '../../../sync/lanes/roles';
import { keptColumns } from '../../../sync/ledger/columns';
import type { Column } from '../../../sync/values';
import { keptOffer, type Offered } from '../../shared/customTableOffer';
import { chosenCustomTable } from '../../shared/lanes';
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

/** With what the parameters of a custom table's mapping begin. */
const CUSTOM = 'custom';

type Picked = { value?: string; cachedResultName?: string } | string;
type Row = { column?: Picked; field?: Picked };

/** What the lists hold, and the steps of the shipped workflow that look what there is. */
const FILLED_BY: Record<string, { what: string; step: string }> = {
	lead: { what: 'columns of leads', step: 'Get Dynamics Changes' },
	contact: { what: 'columns of contacts', step: 'Get Dynamics Changes' },
	account: { what: 'columns of accounts', step: 'Get Dynamics Changes' },
	systemuser: { what: 'columns of users', step: 'Get Dynamics Changes' },
	team: { what: 'columns of teams', step: 'Get Dynamics Changes' },
	opportunity: { what: 'columns of opportunities', step: 'Get Opportunity Changes' },
	[POTENTIAL_CUSTOMER]: { what: 'columns of opportunities', step: 'Get Role Changes' },
	[CONNECTION]: { what: 'columns of connections', step: 'Get Role Changes' },
	[PERSON]: { what: 'fields of people', step: 'Get Marketo Changes' },
	[COMPANY]: { what: 'fields of companies', step: 'Get Marketo Changes' },
	[SALES_PERSON]: { what: 'fields of sales persons', step: 'Get Marketo Changes' },
	[OPPORTUNITY]: { what: 'fields of opportunities', step: 'Get Opportunity Fields' },
	[OPPORTUNITY_ROLE]: { what: 'fields of opportunity roles', step: 'Get Role Fields' },
};

type List = (
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
) => Promise<INodeListSearchResult>;

const columnsOf = (table: DynamicsTable): List =>
	async function (filter, page) {
		return await known(this, table, table, filter, page);
	};

const fieldsFor = (table: DynamicsTable, object: string): List =>
	async function (filter, page) {
		return await known(this, object, table, filter, page);
	};

const mappedOf = (table: DynamicsTable): List =>
	async function (filter) {
		return mapped(this, table, filter);
	};

export const searchLeadColumns = columnsOf('lead');
export const searchContactColumns = columnsOf('contact');
export const searchAccountColumns = columnsOf('account');
export const searchUserColumns = columnsOf('systemuser');
export const searchTeamColumns = columnsOf('team');
export const searchOpportunityColumns = columnsOf('opportunity');
export const searchPotentialCustomerColumns = columnsOf(POTENTIAL_CUSTOMER);
export const searchConnectionColumns = columnsOf(CONNECTION);

export const searchLeadFields = fieldsFor('lead', PERSON);
export const searchContactFields = fieldsFor('contact', PERSON);
export const searchAccountFields = fieldsFor('account', COMPANY);
export const searchUserFields = fieldsFor('systemuser', SALES_PERSON);
export const searchTeamFields = fieldsFor('team', SALES_PERSON);
export const searchOpportunityFields = fieldsFor('opportunity', OPPORTUNITY);
export const searchPotentialCustomerFields = fieldsFor(POTENTIAL_CUSTOMER, OPPORTUNITY_ROLE);
export const searchConnectionFields = fieldsFor(CONNECTION, OPPORTUNITY_ROLE);

export const searchMappedLeadColumns = mappedOf('lead');
export const searchMappedContactColumns = mappedOf('contact');
export const searchMappedAccountColumns = mappedOf('account');
export const searchMappedUserColumns = mappedOf('systemuser');
export const searchMappedTeamColumns = mappedOf('team');
export const searchMappedOpportunityColumns = mappedOf('opportunity');
export const searchMappedPotentialCustomerColumns = mappedOf(POTENTIAL_CUSTOMER);
export const searchMappedConnectionColumns = mappedOf(CONNECTION);

/** Tables of the environment, as *Validate Setup* of Dynamics has seen them. */
export async function searchCustomTables(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await offered(this, 'tables', 'Dynamics 365', filter, page);
}

/** Custom objects of the subscription, as *Validate Setup* of Marketo has seen them. */
export async function searchCustomObjects(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	return await offered(this, 'objects', 'Marketo', filter, page);
}

export async function searchCustomColumns(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const { table } = customChoice(this);
	return await known(this, table, CUSTOM, filter, page, {
		what: `columns of ${table}`,
		step: 'Get Row Changes',
	});
}

export async function searchCustomFields(
	this: ILoadOptionsFunctions,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const { object } = customChoice(this);
	return await known(this, customObjectKey(object), CUSTOM, filter, page, {
		what: `fields of ${object}`,
		step: 'Get Custom Object Fields',
	});
}

export const searchMappedCustomColumns = mappedOf(CUSTOM);

/** @throws NodeOperationError where table or object is still to be chosen */
function customChoice(context: ILoadOptionsFunctions) {
	const chosen = chosenCustomTable((context.getCurrentNodeParameters() ?? {}) as IDataObject);
	if (chosen) return chosen;
	throw new NodeOperationError(
		context.getNode(),
		'Choose the table and the custom object first, at the top of this node',
	);
}

async function offered(
	context: ILoadOptionsFunctions,
	what: Offered,
	system: string,
	filter?: string,
	page?: string,
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(context);
	const all = await keptOffer(db, what);
	if (all.length === 0)
		throw new NodeOperationError(
			context.getNode(),
			`Nothing is known here yet. Execute Validate Setup of ${system} once, with What to Sync set to Custom Table, then open this list again; or enter the name`,
		);
	const found = all
		.map(({ name, label }) => ({ name: `${label} · ${name}`, value: name }))
		.filter(({ name }) => matches(name, filter))
		.sort((a, b) => ORDER.compare(a.name, b.name));
	return paged(found, page);
}

/** The rows of the mapping as it stands in the editor; costs no call. */
function mapped(
	context: ILoadOptionsFunctions,
	table: DynamicsTable,
	filter?: string,
): INodeListSearchResult {
	const results = chosen(context, table, 'column');
	return { results: results.filter(({ name }) => matches(name, filter)) };
}

/** What the rows of a table's mapping have on one side, as it stands in the editor. */
function chosen(
	context: ILoadOptionsFunctions,
	table: DynamicsTable,
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
	table: Table,
	mapping: DynamicsTable,
	filter?: string,
	page?: string,
	filledBy = FILLED_BY[table]!,
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(context);
	const columns = await keptColumns(db, table);
	if (columns.size > 0) {
		const isColumns = table === mapping || (mapping === CUSTOM && customObjectOf(table) === null);
		const used = chosen(context, mapping, isColumns ? 'column' : 'field');
		const values = new Set(used.map(({ value }) => value));
		return listed([...columns.values()], values, filter, page);
	}
	const { what, step } = filledBy;
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
	return paged(found, page);
}

function paged(found: INodeListSearchItems[], page?: string): INodeListSearchResult {
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
