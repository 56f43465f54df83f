import type { Resource } from '../shared/registry';

interface TableResource extends Resource {
	/** Logical name of its table; absent for what is not a table. */
	table?: string;
}

const rowsOf = (table: string, name: string): TableResource => ({
	value: table,
	name,
	table,
	defaultOperation: 'getAll',
});

export const LEAD = rowsOf('lead', 'Lead');
export const CONTACT = rowsOf('contact', 'Contact');
export const SETUP: TableResource = { value: 'setup', name: 'Setup', defaultOperation: 'describe' };
export const SYNC: TableResource = { value: 'sync', name: 'Sync', defaultOperation: 'getChanges' };

export const RESOURCES: readonly TableResource[] = [CONTACT, LEAD, SETUP, SYNC];

/** The resources that are rows of a table. */
export const TABLE_RESOURCES: readonly string[] = RESOURCES.filter(({ table }) => table).map(
	({ value }) => value,
);

/** Logical name of the table behind a resource. */
export function tableOf(resource: string): string {
	return RESOURCES.find(({ value }) => value === resource)?.table ?? resource;
}
