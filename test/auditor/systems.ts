import type { DynamicsVendor, Row } from '../vendors/dynamics';
import type { MarketoVendor, Person } from '../vendors/marketo';
import type { LedgerView } from './ledgerFile';
import { TABLES, type Mapped, type Table } from './mapping';
import { ANNOTATED, Lookups, neededFor, seenAs, seenIn } from './seen';
import { columnsOf, fieldsOf, type Column, type Kind } from './vendorTypes';

/** Fields of the person that tie it to Dynamics; their names never change. */
export const LINK_FIELDS = { lead: 'dynamicsLeadId', contact: 'dynamicsContactId' } as const;
const OWN_FIELDS = ['microsoftType', 'microsoftCreatedDate', 'microsoftIsDeleted'];
/** Adobe's column of the sync filter, where it is there: No leaves a row out. */
export const FILTER_COLUMN = 'new_synctomkto';
const ALWAYS_READ = [
	'createdon',
	'emailaddress1',
	'fullname',
	'masterid',
	'statecode',
	FILTER_COLUMN,
];

/** Both systems as they stand, read through the vendors' own APIs. */
export interface Systems {
	columns: Record<Table, Map<string, Column>>;
	fields: Map<string, Kind>;
	rows: Record<Table, Map<string, Row>>;
	people: Map<string, Person>;
	/** Fields that a person has from its company, as soon as it has one. */
	ofCompany: Set<string>;
}

const COMPANY_KEY = 'externalCompanyId';

/** Whether the value is the company's: nobody else may set it. */
export const isInherited = ({ ofCompany }: Systems, person: Person, field: string): boolean =>
	ofCompany.has(field) && Boolean(person[COMPANY_KEY]);

const lower = (value: unknown) =>
	String((value as string | null) ?? '')
		.trim()
		.toLowerCase();

/** The e-mail address of a row or a person, as addresses are compared. */
export const emailOf = (record: Record<string, unknown>) =>
	lower(record.emailaddress1 ?? record.email);

async function readRows(
	dynamics: DynamicsVendor,
	table: Table,
	columns: Map<string, Column>,
	mapping: Mapped[],
): Promise<Map<string, Row>> {
	const mapped = mapping.filter((one) => one.table === table).map(({ column }) => column);
	const wanted = [...new Set([...ALWAYS_READ, ...mapped.flatMap(neededFor)])].map(
		(name) => columns.get(name)?.wireName,
	);
	const select = [`${table}id`, ...wanted.filter((name) => name !== undefined)].join(',');
	const rows = await dynamics.all(`${table}s?$select=${select}`, ANNOTATED);
	const lookups = new Lookups(dynamics);
	for (const name of mapped.filter((one) => one.includes('.'))) {
		const seen = seenAs(name, columns);
		if (!seen) continue;
		for (const row of rows) row[seen.wireName] = await seenIn(row, name, lookups);
		columns.set(name, seen);
	}
	return new Map(rows.map((row) => [lower(row[`${table}id`]), row]));
}

/**
 * People as far as they can be asked for: those that the ledger names, those that carry the id of a
 * row, those that share a row's e-mail address. (Marketo has no call that lists all people.)
 */
async function readPeople(
	marketo: MarketoVendor,
	rows: Systems['rows'],
	ledger: LedgerView,
	fields: string[],
): Promise<Map<string, Person>> {
	const people = new Map<string, Person>();
	const read = async (by: string, values: string[]) => {
		for (const person of await marketo.people(by, [...new Set(values)], fields)) {
			people.set(String(person.id), person);
		}
	};
	await read(
		'id',
		ledger.links.flatMap(({ marketoId }) => marketoId ?? []),
	);
	for (const table of TABLES) {
		await read(LINK_FIELDS[table], [...rows[table].keys()]);
		const emails = [...rows[table].values()].map(emailOf);
		await read(
			'email',
			emails.filter((email) => email !== '' && !email.includes(',')),
		);
	}
	return people;
}

/** Reads both systems. */
export async function readSystems(
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
	mapping: Mapped[],
	ledger: LedgerView,
): Promise<Systems> {
	const fields = await fieldsOf(marketo);
	const columns = {
		lead: await columnsOf(dynamics, 'lead'),
		contact: await columnsOf(dynamics, 'contact'),
	};
	const rows = {
		lead: await readRows(dynamics, 'lead', columns.lead, mapping),
		contact: await readRows(dynamics, 'contact', columns.contact, mapping),
	};
	const wanted = [
		...mapping.map(({ field }) => field),
		...Object.values(LINK_FIELDS),
		...OWN_FIELDS,
		COMPANY_KEY,
	];
	const known = [...new Set(['id', 'email', 'createdAt', ...wanted])].filter((name) =>
		fields.has(name),
	);
	const people = await readPeople(marketo, rows, ledger, known);
	return { columns, fields, rows, people, ofCompany: await companyFields(marketo) };
}

async function companyFields(marketo: MarketoVendor): Promise<Set<string>> {
	const [company] = await marketo.get<{ fields: { name: string }[] }>('companies/describe.json');
	const own = [COMPANY_KEY, 'id', 'externalSalesPersonId', 'createdAt', 'updatedAt'];
	const names = (company?.fields ?? []).map(({ name }) => name);
	return new Set(names.filter((name) => !own.includes(name)));
}
