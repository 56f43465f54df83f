import type { Column } from '../values';
import { COMPANIES } from './companies';
import { OPPORTUNITIES } from './opportunities';
import { OWNERS } from './owners';
import { PEOPLE } from './people';
import { ROLES } from './roles';

/** Fields of Marketo in which a record names its parent by the parent's key, and the lane that writes these parents. */
export const REFERENCES: ReadonlyMap<string, string> = new Map([
	['externalCompanyId', COMPANIES],
	['externalSalesPersonId', OWNERS],
]);

/** Tables whose rows are parents, by the lane that writes them. */
export const PARENT_TABLES: Readonly<Record<string, readonly string[]>> = {
	[COMPANIES]: ['account'],
	[OPPORTUNITIES]: ['opportunity'],
	[OWNERS]: ['systemuser', 'team'],
	[PEOPLE]: ['contact', 'lead'],
};

/** How records that wait for a parent are called, one and several. */
export const CHILDREN: Readonly<Record<string, readonly [one: string, more: string]>> = {
	[ROLES]: ['opportunity role', 'opportunity roles'],
};

/** How a field of Marketo names a parent: by the id of its row, or by Marketo's own id of it. */
export interface Reference {
	readonly lane: string;
	readonly by: 'row' | 'record';
}

const WRITTEN_BY: Record<NonNullable<Column['holdsId']>, string> = {
	person: PEOPLE,
	company: COMPANIES,
};

/** The parent that a field names; undefined for every other field. */
export function referenceOf({ name, holdsId }: Column): Reference | undefined {
	if (holdsId) return { lane: WRITTEN_BY[holdsId], by: 'record' };
	const lane = REFERENCES.get(name);
	return lane === undefined ? undefined : { lane, by: 'row' };
}
