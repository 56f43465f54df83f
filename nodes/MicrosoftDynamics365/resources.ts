/** One entry of the resource drop-down. */
export interface Resource {
	value: string;
	name: string;
	/** Logical name of its table; absent for what is not a table. */
	table?: string;
}

export const LEAD: Resource = { value: 'lead', name: 'Lead', table: 'lead' };
export const CONTACT: Resource = { value: 'contact', name: 'Contact', table: 'contact' };
export const SETUP: Resource = { value: 'setup', name: 'Setup' };
export const SYNC: Resource = { value: 'sync', name: 'Sync' };

export const RESOURCES: readonly Resource[] = [CONTACT, LEAD, SETUP, SYNC];

/** The resources that are rows of a table. */
export const TABLE_RESOURCES: readonly string[] = RESOURCES.filter(({ table }) => table).map(
	({ value }) => value,
);

/** Logical name of the table behind a resource. */
export function tableOf(resource: string): string {
	return RESOURCES.find(({ value }) => value === resource)?.table ?? resource;
}

/** The operation a resource starts with. */
export function defaultOperationOf(resource: Resource): string {
	if (resource === SETUP) return 'describe';
	return resource === SYNC ? 'getChanges' : 'getAll';
}
