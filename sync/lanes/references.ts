import { COMPANIES } from './companies';
import type { Column } from '../values';
import { OWNERS } from './owners';
import { PEOPLE } from './people';

/** Fields of Marketo in which a record names its parent by the parent's key, and the lane that writes these parents. */
export const REFERENCES: ReadonlyMap<string, string> = new Map([
	['externalCompanyId', COMPANIES],
	['externalSalesPersonId', OWNERS],
]);

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
