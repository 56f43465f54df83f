import type { DynamicsTable } from '../../../sync/items';
import { COMPANIES_LANE } from '../../../sync/lanes/companies';
import { customTableLane } from '../../../sync/lanes/customTables';
import type { LaneDefinition } from '../../../sync/lanes/definition';
import { OPPORTUNITIES_LANE, OPPORTUNITY_KEY } from '../../../sync/lanes/opportunities';
import { OWNERS_LANE } from '../../../sync/lanes/owners';
import { CONNECTION, POTENTIAL_CUSTOMER, ROLES_LANE } from '../../../sync/lanes/roles';
import type { Column, Raw, ValueType } from '../../../sync/values';
import type { Row } from './dynamicsSystem';

/** The lanes that go one way, as they ship, with what users type into their tables. */

/** A column of a table that users play with. */
export interface PlayedColumn {
	readonly name: string;
	/** Where its value goes; absent: it only says for what the row stands. */
	readonly field?: string;
	readonly type: ValueType;
	/** Tables of which it names a row. */
	readonly of?: readonly DynamicsTable[];
	/** What users choose from, where it is no text or number of their own. */
	readonly choices?: readonly Raw[];
}

export interface PlayedTable {
	/** As the lane calls it. */
	readonly name: DynamicsTable;
	/** How IDs of its rows begin; absent: they are another lane's. */
	readonly ids?: string;
	readonly columns: readonly PlayedColumn[];
	/** What Dynamics itself says beside what was typed; `tableOf`: that of a lead or contact. */
	readonly tells?: (
		row: Row,
		tableOf: (id: Raw) => DynamicsTable | undefined,
	) => Readonly<Record<string, Raw>>;
	/** Records that these columns name take the row along when they are deleted. */
	readonly goesWith?: readonly string[];
}

/** What a field of Marketo names: a record of an object, by one of its fields. */
export interface ParentField {
	readonly object: string;
	readonly by: string;
	/** Without it there is no such record, and no parent is deleted that has one. */
	readonly isRequired?: true;
}

export interface PlayedLane {
	readonly lane: LaneDefinition;
	readonly tables: readonly PlayedTable[];
	/** Fields by which Marketo tells records of the object apart. */
	readonly key: readonly string[];
	readonly parents: Readonly<Record<string, ParentField>>;
	/** Rows are restored and closed, too, and what becomes of the record of a deleted one is chosen. */
	readonly isLively?: true;
}

const PERSON = { object: 'person', by: 'id' } as const;
const OWNER = 'externalSalesPersonId';
const ownerOf: Pick<PlayedLane, 'parents'>['parents'] = {
	[OWNER]: { object: OWNERS_LANE.object, by: OWNER },
};
const COMPANY_KEY = 'externalCompanyId';

/** By which a company names its owner (R39). */
const owner: PlayedColumn = { name: 'description', field: OWNER, type: 'id', of: ['systemuser'] };

const name = (field: string): PlayedColumn => ({ name: 'name', field, type: 'text' });

const isPerson: readonly DynamicsTable[] = ['contact', 'lead'];

/** Which contact an opportunity is about: a potential customer, or one beside an account. */
const CUSTOMER: PlayedColumn = { name: 'customerid.contact', type: 'id', of: ['contact'] };
const BESIDE: PlayedColumn = { name: 'parentcontactid', type: 'id', of: ['contact'] };

/** Object type codes. */
const CODES: Readonly<Record<string, number>> = { opportunity: 3, contact: 2, lead: 4 };

export const TICKETS_LANE = customTableLane({ table: 'new_ticket', object: 'ticket_c' }, 'rowId', [
	'name',
]);

const ALL: readonly PlayedLane[] = [
	{
		lane: OWNERS_LANE,
		tables: [{ name: 'systemuser', ids: 'aaa00000', columns: [name('lastName')] }],
		key: [OWNER],
		parents: {},
	},
	{
		lane: COMPANIES_LANE,
		tables: [
			{
				name: 'account',
				ids: 'acc00000',
				columns: [
					name('company'),
					{ name: 'address1_city', field: 'billingCity', type: 'text' },
					{ name: 'numberofemployees', field: 'employees', type: 'integer' },
					owner,
				],
			},
		],
		key: [COMPANY_KEY],
		parents: ownerOf,
	},
	{
		lane: OPPORTUNITIES_LANE,
		tables: [
			{
				name: 'opportunity',
				ids: '0bb00000',
				columns: [
					name('name'),
					{ name: 'estimatedvalue', field: 'amount', type: 'integer' },
					{ name: 'accountid', field: COMPANY_KEY, type: 'id', of: ['account'] },
					owner,
					CUSTOMER,
					BESIDE,
				],
			},
		],
		key: [OPPORTUNITY_KEY],
		parents: {
			...ownerOf,
			[COMPANY_KEY]: { object: COMPANIES_LANE.object, by: COMPANY_KEY },
		},
		isLively: true,
	},
	{
		lane: ROLES_LANE,
		tables: [
			{ name: POTENTIAL_CUSTOMER, columns: [name('label'), CUSTOMER, BESIDE] },
			{
				name: CONNECTION,
				ids: 'c0c00000',
				columns: [
					name('label'),
					{ name: 'record1id', type: 'id', of: ['opportunity'] },
					{ name: 'record2id', type: 'id', of: isPerson },
					{ name: 'record2roleid.name', type: 'text', choices: ['Buyer', 'Influencer', null] },
				],
				tells: ({ cells }, tableOf) => ({
					record1objecttypecode: CODES.opportunity!,
					record2objecttypecode: CODES[tableOf(cells.record2id!.value) ?? ''] ?? null,
				}),
				goesWith: ['record1id', 'record2id'],
			},
		],
		key: [OPPORTUNITY_KEY, 'leadId', 'role'],
		parents: {
			[OPPORTUNITY_KEY]: {
				object: OPPORTUNITIES_LANE.object,
				by: OPPORTUNITY_KEY,
				isRequired: true,
			},
			leadId: { ...PERSON, isRequired: true },
		},
		isLively: true,
	},
	{
		lane: TICKETS_LANE,
		tables: [
			{
				name: 'new_ticket',
				ids: '71c00000',
				columns: [
					name('title'),
					{ name: 'new_size', field: 'size', type: 'integer' },
					{ name: 'new_customerid', field: 'leadId', type: 'id', of: isPerson },
					{ name: 'new_accountid', field: 'companyId', type: 'id', of: ['account'] },
				],
			},
		],
		key: ['rowId'],
		parents: { leadId: PERSON, companyId: { object: COMPANIES_LANE.object, by: 'id' } },
		isLively: true,
	},
];

/** How they are called on the command line. */
const NAMES = ['owners', 'companies', 'opportunities', 'roles', 'tickets'] as const;
export type LaneName = (typeof NAMES)[number];

/** The lanes of these names, parents first. @throws where there is none of a name */
export function playedLanes(names: readonly LaneName[]): PlayedLane[] {
	const unknown = names.find((one) => !NAMES.includes(one));
	if (unknown) throw new Error(`There is no lane "${unknown}", but ${NAMES.join(', ')}`);
	return ALL.filter((_, at) => names.includes(NAMES[at]!));
}

/** To which lane the rows of a table belong; undefined for those of people. */
export function laneOfTable(table: string): string | undefined {
	return ALL.find(({ tables }) => tables.some((one) => one.name === table))?.lane.id;
}

/** What Marketo knows of its objects. */
export const OBJECTS: ReadonlyMap<string, PlayedLane> = new Map(
	ALL.map((one) => [one.lane.object, one]),
);

/** A table as Dynamics calls it, and what it knows of its columns. */
export function columnsIn({ lane, tables }: PlayedLane, source: DynamicsTable): Column[] {
	const played = tables.filter(({ name }) => sourceIn(lane, name) === source);
	const columns = played.flatMap((table) => table.columns);
	return columns.map(({ name, type }) => described(name, type));
}

/** The object as Marketo describes it. */
export function fieldsIn({ lane, tables, key, parents }: PlayedLane): Column[] {
	const played = tables.flatMap(({ columns }) => columns).filter(({ field }) => field);
	const types = new Map<string, ValueType>([
		...key.map((one) => [one, one === 'role' ? 'text' : 'id'] as const),
		...played.map(({ field, type }) => [field!, type] as const),
		...(lane.tables.length > 0 ? [[MARK, 'boolean'] as const] : []),
	]);
	return [...types].map(([name, type]) => {
		const { object, by } = parents[name] ?? {};
		if (by !== 'id') return described(name, type);
		return {
			...described(name, 'lookup'),
			holdsId: object === PERSON.object ? ('person' as const) : ('company' as const),
		};
	});
}

/** In which records are marked whose row was deleted, where that is chosen. */
export const MARK = 'isGone';

/** Leads and contacts are in the part of Dynamics that people have to themselves. */
export function isOfPeople(table: DynamicsTable): boolean {
	return isPerson.includes(table);
}

/** What Dynamics calls a table of a lane. */
export function sourceIn({ tables }: LaneDefinition, table: DynamicsTable): DynamicsTable {
	return tables.find((one) => one.name === table)?.source ?? table;
}

const described = (name: string, type: ValueType): Column => ({
	name,
	label: name,
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
});
