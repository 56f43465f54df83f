import { COMPANIES } from './companies';
import { OWNERS } from './owners';

/** Fields of Marketo in which a record names its parent by the parent's key, and the lane that writes these parents. */
export const REFERENCES: ReadonlyMap<string, string> = new Map([
	['externalCompanyId', COMPANIES],
	['externalSalesPersonId', OWNERS],
]);
