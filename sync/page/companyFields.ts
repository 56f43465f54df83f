import type { RecordItem } from '../items';

/**
 * Person fields that belong to the company. Once a person is tied to a company by `externalCompanyId`
 * they are inherited from it, and Sync Leads refuses them with 1021 (Adobe: Companies, error codes).
 */
const COMPANY_FIELDS = new Set([
	'company',
	'site',
	'billingStreet',
	'billingCity',
	'billingState',
	'billingCountry',
	'billingPostalCode',
	'website',
	'mainPhone',
	'annualRevenue',
	'numberOfEmployees',
	'industry',
	'sicCode',
	'mktoCompanyNotes',
]);

/** The field by which a person is tied to a company. */
export const COMPANY_KEY = 'externalCompanyId';

/** True where the field is not the person's own: its rows wait until the person has no company. */
export function isInherited(person: RecordItem, field: string): boolean {
	return Boolean(person.values[COMPANY_KEY]) && isOfCompany(field);
}

/** True for a field that is the company's as soon as there is one. */
export function isOfCompany(field: string): boolean {
	return COMPANY_FIELDS.has(field);
}
