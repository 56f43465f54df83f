import type { Resource } from '../shared/registry';

interface TableResource extends Resource {
	/** Logical name of its table; absent for what is not a table. */
	table?: string;
}

const rowsOf = (table: string | undefined, name: string, value = table ?? ''): TableResource => ({
	value,
	name,
	table,
	defaultOperation: 'getAll',
});

export const ACCOUNT = rowsOf('account', 'Account');
export const OPPORTUNITY = rowsOf('opportunity', 'Opportunity');
export const TEAM = rowsOf('team', 'Team');
export const USER = rowsOf('systemuser', 'User', 'user');
export const LEAD = rowsOf('lead', 'Lead');
export const CONTACT = rowsOf('contact', 'Contact');
/** Rows of any table, which is chosen beside it. */
export const ROW = rowsOf(undefined, 'Row', 'row');
export const SETUP: TableResource = { value: 'setup', name: 'Setup', defaultOperation: 'describe' };
export const SYNC: TableResource = { value: 'sync', name: 'Sync', defaultOperation: 'getChanges' };

export const RESOURCES: readonly TableResource[] = [
	ACCOUNT,
	CONTACT,
	LEAD,
	OPPORTUNITY,
	ROW,
	SETUP,
	SYNC,
	TEAM,
	USER,
];

/** The resources that are rows of a table, to read. */
export const TABLE_RESOURCES: readonly string[] = RESOURCES.filter(
	(resource) => resource.table !== undefined || resource === ROW,
).map(({ value }) => value);

/** Those whose rows are written; users and teams are an administrator's. */
export const WRITABLE_RESOURCES: readonly string[] = TABLE_RESOURCES.filter(
	(value) => value !== USER.value && value !== TEAM.value,
);

/** Those whose rows are given to another owner by picking them; people come with the items of the sync. */
export const PICKED_TO_ASSIGN: readonly string[] = [ACCOUNT.value, OPPORTUNITY.value, ROW.value];

/** Those whose rows are people of the sync. */
export const PERSON_RESOURCES: readonly string[] = [CONTACT.value, LEAD.value];

/** Those whose rows Dynamics merges, of the ones that are offered here. */
export const MERGED_RESOURCES: readonly string[] = [ACCOUNT.value, CONTACT.value, LEAD.value];

/** Logical name of the table behind a resource. */
export function tableOf(resource: string): string {
	return RESOURCES.find(({ value }) => value === resource)?.table ?? resource;
}
