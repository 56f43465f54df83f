import type { DynamicsVendor, Row } from '../vendors/dynamics';
import type { MarketoVendor, Person } from '../vendors/marketo';
import type { LedgerView } from './ledgerFile';
import { TABLES, type Mapped, type Table } from './mapping';
import { columnsOf, fieldsOf, type Column, type Kind } from './vendorTypes';

/** Fields of the person that tie it to Dynamics; their names never change. */
export const LINK_FIELDS = { lead: 'dynamicsLeadId', contact: 'dynamicsContactId' } as const;
const OWN_FIELDS = ['microsoftType', 'microsoftCreatedDate', 'microsoftIsDeleted'];
/** Adobe's column of the sync filter, where it is there: No leaves a row out. */
export const FILTER_COLUMN = 'new_synctomkto';
const ALWAYS_READ = ['createdon', 'emailaddress1', 'fullname', 'masterid', FILTER_COLUMN];

/** Both systems as they stand, read through the vendors' own APIs. */
export interface Systems {
	columns: Record<Table, Map<string, Column>>;
	fields: Map<string, Kind>;
	rows: Record<Table, Map<string, Row>>;
	people: Map<string, Person>;
}

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
	const wanted = [...new Set([...ALWAYS_READ, ...mapped])].map(
		(name) => columns.get(name)?.wireName,
	);
	const select = [`${table}id`, ...wanted.filter((name) => name !== undefined)].join(',');
	const rows = await dynamics.all(`${table}s?$select=${select}`, {
		prefer: 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
	});
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
	];
	const known = [...new Set(['id', 'email', 'createdAt', ...wanted])].filter((name) =>
		fields.has(name),
	);
	return { columns, fields, rows, people: await readPeople(marketo, rows, ledger, known) };
}
