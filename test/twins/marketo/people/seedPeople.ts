import type { SeedPerson } from '../../chassis';
import type { FieldRegistry } from '../fields/fieldRegistry';
import type { FieldValue } from '../fields/parseValue';
import type { LeadField } from '../fields/field';
import type { Origin } from './origin';
import type { PersonWriter } from './personWriter';

const DAY_MS = 86_400_000;

const LEAD_SOURCES = [
	'Advertisement',
	'Employee Referral',
	'External Referral',
	'Partner',
	'Public Relations',
	'Seminar',
	'Trade Show',
	'Web',
	'Word of Mouth',
	'Other',
];
const INDUSTRIES = [
	'Accounting',
	'Agriculture and Non-petrol Natural Resource Extraction',
	'Broadcasting Printing and Publishing',
	'Brokers',
	'Building Supply Retail',
	'Business Services',
	'Consulting',
	'Consumer Services',
	'Design, Direction and Creative Management',
	'Distributors, Dispatchers and Processors',
	"Doctor's Offices and Clinics",
	'Durable Manufacturing',
	'Eating and Drinking Places',
	'Entertainment Retail',
	'Equipment Rental and Leasing',
	'Financial',
	'Food and Tobacco Processing',
	'Inbound Capital Intensive Processing',
	'Inbound Repair and Services',
	'Insurance',
	'Legal Services',
	'Non-Durable Merchandise Retail',
	'Outbound Consumer Service',
	'Petrochemical Extraction and Distribution',
	'Service Retail',
	'SIG Affiliations',
	'Social Services',
	'Special Outbound Trade Contractors',
	'Specialty Realty',
	'Transportation',
	'Utility Creation and Distribution',
	'Vehicle Retail',
	'Wholesale',
];
const RATINGS = ['Hot', 'Warm', 'Cold'];

const IMPORTED: Origin = {
	source: 'List import',
	reason: 'List import',
	sourceType: 'List import',
};

/** Puts the seed people into the instance, as a list import did in the past, oldest first. */
export function seedPeople(
	people: readonly SeedPerson[],
	fields: FieldRegistry,
	writer: PersonWriter,
	partitionId: number,
	now: number,
): void {
	const start = Math.floor(now / 1000) * 1000;
	// Oldest first, so that ids and log entries come in the order of time.
	const oldestFirst = [...people].sort(
		(one, other) => other.createdDaysAgo - one.createdDaysAgo || one.index - other.index,
	);
	for (const person of oldestFirst) {
		const values = new Map<LeadField, FieldValue>();
		for (const [name, value] of Object.entries(valuesOf(person))) {
			if (value !== undefined) values.set(fields.get(name)!, value);
		}
		writer.create(values, IMPORTED, start - person.createdDaysAgo * DAY_MS, partitionId);
	}
}

function valuesOf(person: SeedPerson): Record<string, FieldValue | undefined> {
	return {
		salutation: person.salutation,
		firstName: person.firstName,
		middleName: person.middleName,
		lastName: person.lastName,
		email: person.email,
		company: person.company,
		title: person.title,
		phone: person.phone,
		mobilePhone: person.mobilePhone,
		fax: person.fax,
		website: person.website,
		address: person.street,
		street2: person.street2,
		city: person.city,
		state: person.state,
		postalCode: person.postalCode,
		country: person.country,
		department: person.department,
		dateOfBirth: person.dateOfBirth,
		numberOfEmployees: person.numberOfEmployees,
		annualRevenue: person.annualRevenue,
		leadSource: label(LEAD_SOURCES, person.leadSource),
		industry: label(INDUSTRIES, person.industry),
		rating: label(RATINGS, person.rating),
		mktoPersonNotes: person.description,
		unsubscribed: person.doNotBulkEmail || person.doNotEmail,
		doNotCall: person.doNotCall,
	};
}

/** Entry of a list by its number from 1. */
function label(list: readonly string[], number: number | undefined): string | undefined {
	return number === undefined ? undefined : list[number - 1];
}
