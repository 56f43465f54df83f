import type { LeadField } from '../fields/field';
import { systemFields, type ObjectField, type ObjectType } from './objectType';

type Row = readonly [
	name: string,
	displayName: string,
	dataType: ObjectField['dataType'],
	length?: number,
];

const TEXT = 255;
const FIELD = ([name, displayName, dataType, length]: Row): ObjectField => ({
	name,
	displayName,
	dataType,
	...(length !== undefined && { length }),
	updateable: true,
});

/** A key: given on creation, then fixed. */
const KEY = (name: string, displayName: string, length: number): ObjectField => ({
	name,
	displayName,
	dataType: 'string',
	length,
	updateable: false,
	required: true,
});

const OWNER: ObjectField = FIELD([
	'externalSalesPersonId',
	'External Sales Person Id',
	'string',
	TEXT,
]);

/** Companies have the fields that people inherit from them. */
export function companyType(fields: readonly LeadField[], now: number): ObjectType {
	const inherited = fields
		.filter((field) => field.ofCompany)
		.map(
			(field): ObjectField => ({
				name: field.name,
				displayName: field.displayName,
				dataType: field.dataType,
				...(field.length !== undefined && { length: field.length }),
				updateable: true,
			}),
		);
	return {
		name: 'Company',
		description: 'Company object',
		idField: 'id',
		dedupeFields: ['externalCompanyId'],
		searchableFields: [['externalCompanyId'], ['id'], ['company']],
		fields: [
			...systemFields('id', 'Id'),
			KEY('externalCompanyId', 'External Company Id', 100),
			OWNER,
			...inherited,
		],
		defaultFields: ['externalCompanyId'],
		noun: 'Record',
		createdAt: now,
		updatedAt: now,
	};
}

/** Sales persons have these fields and no others. */
export function salesPersonType(now: number): ObjectType {
	return {
		name: 'SalesPerson',
		idField: 'id',
		dedupeFields: ['externalSalesPersonId'],
		searchableFields: [['email'], ['id'], ['externalSalesPersonId']],
		fields: [
			...systemFields('id', 'Marketo Id'),
			{ ...FIELD(['email', 'Email', 'string', TEXT]), updateable: false },
			KEY('externalSalesPersonId', 'External Sales Person Id', TEXT),
			...(
				[
					['fax', 'Fax Number', 'phone', TEXT],
					['firstName', 'First Name', 'string', TEXT],
					['lastName', 'Last Name', 'string', TEXT],
					['phone', 'Phone Number', 'phone', TEXT],
					['title', 'Job Title', 'string', TEXT],
				] as Row[]
			).map(FIELD),
		],
		noun: 'Record',
		createdAt: now,
		updatedAt: now,
	};
}

const OPPORTUNITY_FIELDS: readonly Row[] = [
	['amount', 'Amount', 'currency'],
	['closeDate', 'Close Date', 'date'],
	['description', 'Description', 'string', 2000],
	['expectedRevenue', 'Expected Revenue', 'currency'],
	['externalCompanyId', 'External Company Id', 'string', 100],
	['externalCreatedDate', 'External Created Date', 'datetime'],
	['fiscal', 'Fiscal', 'string', TEXT],
	['fiscalQuarter', 'Fiscal Quarter', 'string', TEXT],
	['fiscalYear', 'Fiscal Year', 'string', TEXT],
	['forecastCategory', 'Forecast Category', 'string', TEXT],
	['forecastCategoryName', 'Forecast Category Name', 'string', TEXT],
	['isClosed', 'Is Closed', 'boolean'],
	['isWon', 'Is Won', 'boolean'],
	['lastActivityDate', 'Last Activity Date', 'date'],
	['nextStep', 'Next Step', 'string', TEXT],
	['probability', 'Probability', 'integer'],
	['quantity', 'Quantity', 'float'],
	['source', 'Source', 'string', TEXT],
	['stage', 'Stage', 'string', TEXT],
	['type', 'Type', 'string', TEXT],
];

export function opportunityType(now: number): ObjectType {
	return {
		name: 'opportunity',
		displayName: 'Opportunity',
		idField: 'marketoGUID',
		dedupeFields: ['externalOpportunityId'],
		searchableFields: [['externalOpportunityId'], ['marketoGUID']],
		fields: [
			...systemFields('marketoGUID', 'Marketo GUID'),
			KEY('externalOpportunityId', 'External Opportunity Id', 50),
			{ ...FIELD(['name', 'Name', 'string', TEXT]), required: true },
			...OPPORTUNITY_FIELDS.map(FIELD),
			OWNER,
		],
		defaultFields: ['externalOpportunityId'],
		noun: 'Object',
		createdAt: now,
		updatedAt: now,
	};
}

/** What links a person to an opportunity. */
export function roleType(now: number): ObjectType {
	const key = ['externalOpportunityId', 'leadId', 'role'];
	const link = (object: string, name: string, field: string) => ({
		object,
		field,
		shown: { name, field },
	});
	return {
		name: 'opportunityRole',
		displayName: 'Opportunity Role',
		idField: 'marketoGUID',
		dedupeFields: key,
		searchableFields: [key, ['marketoGUID'], ['leadId'], ['externalOpportunityId']],
		fields: [
			...systemFields('marketoGUID', 'Marketo GUID'),
			{
				...KEY('externalOpportunityId', 'External Opportunity Id', 50),
				linksTo: link('opportunity', 'opportunity', 'externalOpportunityId'),
			},
			{
				name: 'leadId',
				displayName: 'Lead Id',
				dataType: 'integer',
				updateable: false,
				required: true,
				linksTo: link('lead', 'Lead', 'id'),
			},
			KEY('role', 'Role', 50),
			FIELD(['isPrimary', 'Is Primary', 'boolean']),
			FIELD(['externalCreatedDate', 'External Created Date', 'datetime']),
		],
		defaultFields: key,
		noun: 'Object',
		createdAt: now,
		updatedAt: now,
	};
}
