import type { DynamicsVendor, Row } from '../vendors/dynamics';
import type { MarketoVendor } from '../vendors/marketo';
import { readLedger, type LedgerView } from './ledgerFile';
import type { OneWayLane } from './mapping';
import { ANNOTATED, definitionOf, Lookups, neededFor, seenAs, seenIn } from './seen';
import { columnsOf, kindOfField, type Column, type Kind } from './vendorTypes';

/** Where Marketo has the records of a lane. */
const PATHS: Record<string, string> = {
	companies: 'companies',
	owners: 'salespersons',
	opportunities: 'opportunities',
	roles: 'opportunities/roles',
};
const COMPANY_PATH = PATHS.companies!;

/** Tables that stand for another one's rows. */
const SOURCES: Record<string, string> = { potentialcustomer: 'opportunity' };

/** What roles are told from, mapped or not. */
const TIES: Record<string, string[]> = {
	potentialcustomer: ['customerid', 'parentcontactid'],
	connection: [
		'record1id',
		'record2id',
		'record1objecttypecode',
		'record2objecttypecode',
		'record2roleid',
		'statecode',
	],
};

interface Described {
	idField: string;
	dedupeFields: string[];
	fields: Array<{ name: string; dataType: string }>;
	relationships?: Array<{ field: string; relatedTo: { name: string } }>;
}

/** Both systems as they stand, as far as a lane has to do with them. */
export interface OneWaySystems {
	idField: string;
	columns: Map<string, Map<string, Column>>;
	fields: Map<string, Kind>;
	/** By table and ID. */
	rows: Map<string, Map<string, Row>>;
	/** By the row's ID; of roles, all of the opportunities that are there, as they come. */
	records: Map<string, Row>;
}

const lower = (value: unknown) => String((value as string | null) ?? '').toLowerCase();

/** The tables of a lane that have a mapping. */
export const tablesOf = ({ mapping }: OneWayLane) => [
	...new Set(mapping.map(({ table }) => table)),
];

/** Reads both systems. @throws Error where the lane's object is not known */
export async function readOneWay(
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
	lane: OneWayLane,
	ledger: LedgerView<string>,
	ledgerFile: string,
): Promise<OneWaySystems> {
	const path = PATHS[lane.lane] ?? `customobjects/${lane.lane.split('.')[2]}`;
	const [described] = await marketo.get<Described>(`${path}/describe.json`);
	if (!described) throw new Error(`Marketo does not describe ${path}`);
	const { idField, dedupeFields, relationships = [] } = described;
	const lookups = new Lookups(dynamics);
	const systems: OneWaySystems = {
		idField,
		columns: new Map(),
		fields: new Map(described.fields.map(({ name, dataType }) => [name, kindOfField(dataType)])),
		rows: new Map(),
		records: new Map(),
	};
	for (const table of tablesOf(lane)) {
		const names = lane.mapping.flatMap((one) => (one.table === table ? one.column : []));
		const source = SOURCES[table] ?? table;
		const own = await columnsOf(dynamics, source);
		const columns = new Map(own);
		const { EntitySetName, PrimaryIdAttribute } = await definitionOf(dynamics, source);
		const needed = [...names.flatMap(neededFor), ...(TIES[table] ?? [])];
		const select = new Set([PrimaryIdAttribute]);
		for (const name of needed) select.add(own.get(name)?.wireName ?? PrimaryIdAttribute);
		const rows = await dynamics.all(`${EntitySetName}?$select=${[...select].join(',')}`, ANNOTATED);
		for (const name of names.filter((one) => one.includes('.'))) {
			const seen = seenAs(name, own);
			if (!seen) continue;
			columns.set(name, seen);
			for (const row of rows) row[seen.wireName] = await seenIn(row, name, lookups);
		}
		systems.columns.set(table, columns);
		systems.rows.set(table, new Map(rows.map((row) => [lower(row[PrimaryIdAttribute]), row])));
	}
	const ids = [
		...[...systems.rows.values()].flatMap((rows) => [...rows.keys()]),
		...ledger.links.map(({ dynamicsId }) => dynamicsId),
	];
	// Of a key with several fields the first is the opportunity's, which roles can be asked for by.
	const key = dedupeFields[0]!;
	const asked = lane.lane === 'roles' ? await opportunityIds(dynamics, ids) : ids;
	const records = await marketo.objects(path, key, [...new Set(asked)], [...systems.fields.keys()]);
	for (const record of records)
		systems.records.set(lower(record[lane.lane === 'roles' ? idField : key]), record);
	await turnIntoRecords(marketo, lane, systems, relationships, ledgerFile);
	return systems;
}

/** Every opportunity, and those that are gone and may have left roles behind. */
async function opportunityIds(dynamics: DynamicsVendor, ids: string[]): Promise<string[]> {
	const rows = await dynamics.all('opportunities?$select=opportunityid');
	return [...rows.map((row) => lower(row.opportunityid)), ...ids];
}

/** Links of custom objects hold Marketo's own ID: of the person who is linked with the row, or of the company. */
async function turnIntoRecords(
	marketo: MarketoVendor,
	{ mapping }: OneWayLane,
	{ columns, rows }: OneWaySystems,
	relationships: NonNullable<Described['relationships']>,
	ledgerFile: string,
): Promise<void> {
	for (const { table, column, field } of mapping) {
		const to = relationships.find((one) => one.field === field)?.relatedTo.name.toLowerCase();
		const own = columns.get(table)!.get(column);
		if (!to || !own) continue;
		const ids = [...rows.get(table)!.values()].map((row) => lower(row[own.wireName]));
		const records =
			to === 'lead' ? peopleOf(ledgerFile) : await companiesOf(marketo, ids.filter(Boolean));
		const wireName = recordColumn(column, field);
		for (const row of rows.get(table)!.values())
			row[wireName] = records.get(lower(row[own.wireName])) ?? null;
		columns.get(table)!.set(wireName, { kind: 'id', wireName });
	}
}

/** The column whose values a field is to have, where it holds the ID of a record. */
export const recordColumn = (column: string, field: string) => `${column} of ${field}`;

function peopleOf(ledgerFile: string): Map<string, unknown> {
	const { links } = readLedger(ledgerFile);
	const there = links.filter(({ state }) => state === 'active' || state === 'secondary');
	return new Map(there.map(({ dynamicsId, marketoId }) => [dynamicsId, marketoId]));
}

async function companiesOf(marketo: MarketoVendor, ids: string[]): Promise<Map<string, unknown>> {
	const key = 'externalCompanyId';
	const found = await marketo.objects(COMPANY_PATH, key, [...new Set(ids)], ['id', key]);
	return new Map(found.map((record) => [lower(record[key]), record.id]));
}
