import type { LaneMapping, TableMapping } from '../../../sync/mapping';
import type { Row } from '../../vendors/dynamics';
import { row } from './mapping';
import type { SyncWorld } from './world';

const table = (...rows: string[]): TableMapping => ({
	rows: rows.map((id) => row(id, { direction: 'toMarketo' })),
	ifBothChanged: 'native',
	emptyValues: 'copy',
});

/** Text, phone, whole number, choice and lookup: one row of each type. */
export const COMPANIES: LaneMapping = {
	account: table(
		'name>company',
		'telephone1>mainPhone',
		'numberofemployees>numberOfEmployees',
		'industrycode>industry',
		'owninguser>externalSalesPersonId',
	),
};

export const OWNERS: LaneMapping = {
	systemuser: table('firstname>firstName', 'lastname>lastName', 'internalemailaddress>email'),
};

/** As above, with teams by choice. */
export const OWNERS_AND_TEAMS: LaneMapping = {
	...OWNERS,
	team: table('name>lastName', 'emailaddress>email'),
};

export const OPPORTUNITIES: LaneMapping = {
	opportunity: table(
		'name>name',
		'estimatedvalue.current>amount',
		'statecode>stage',
		'statecode.closed>isClosed',
		'statecode.won>isWon',
		'closeprobability>probability',
		'customerid.account>externalCompanyId',
		'owninguser>externalSalesPersonId',
	),
};

export const ROLES: LaneMapping = {
	potentialcustomer: table('createdon>externalCreatedDate'),
	connection: table('createdon>externalCreatedDate'),
};

const KEYS = {
	companies: 'externalCompanyId',
	salesPersons: 'externalSalesPersonId',
	opportunities: 'externalOpportunityId',
} as const;

/** All opportunity roles, in the order in which they were made: of which opportunity, whose, and what. */
export async function rolesOf(
	world: SyncWorld,
): Promise<Array<{ opportunity: unknown; lead: unknown; role: unknown }>> {
	const { records } = await world.marketo.get<{ records: Row[] }>('objects/roles?limit=100000');
	return records.map(({ externalOpportunityId: opportunity, leadId: lead, role }) => ({
		opportunity,
		lead,
		role,
	}));
}

/** All records of an object, by their key. */
export async function objectsOf(
	world: SyncWorld,
	object: keyof typeof KEYS,
): Promise<Map<string, Row>> {
	const key = KEYS[object];
	const { records } = await world.marketo.get<{ records: Row[] }>(`objects/${object}?limit=100000`);
	const byKey = new Map(records.map((one) => [String(one[key]), one]));
	expect(byKey.size).toBe(records.length);
	return byKey;
}

export async function newAccount(world: SyncWorld, values: Row): Promise<string> {
	world.clock.advance(1_000);
	return await world.crm.create('accounts', values);
}

export async function editAccount(world: SyncWorld, id: string, values: Row): Promise<void> {
	world.clock.advance(1_000);
	await world.crm.update('accounts', id, values);
}

export async function newOpportunity(world: SyncWorld, values: Row): Promise<string> {
	world.clock.advance(1_000);
	return await world.crm.create('opportunities', values);
}

export async function editOpportunity(world: SyncWorld, id: string, values: Row): Promise<void> {
	world.clock.advance(1_000);
	await world.crm.update('opportunities', id, values);
}

/** How a row names another one. */
export const bind = (lookup: string, set: string, id: string | null): Row => ({
	[`${lookup}@odata.bind`]: id === null ? null : `/${set}(${id})`,
});

/** As an administrator does in Power Apps; it is off in a new environment. */
export async function trackConnections(world: SyncWorld): Promise<void> {
	await world.dynamics.post('tables', { LogicalName: 'connection', ChangeTrackingEnabled: true });
}

/** Makes somebody a stakeholder of an opportunity; without a role, too. */
export async function connect(
	world: SyncWorld,
	opportunity: string,
	who: { table: 'contact' | 'lead' | 'account'; id: string },
	role?: string,
): Promise<string> {
	world.clock.advance(1_000);
	const [named] = role
		? await world.crm.all(`connectionroles?$select=name&$filter=name eq '${role}'`)
		: [];
	return await world.crm.create('connections', {
		...bind('record1id_opportunity', 'opportunities', opportunity),
		...bind(`record2id_${who.table}`, `${who.table}s`, who.id),
		...(named && bind('record2roleid', 'connectionroles', String(named.connectionroleid))),
	});
}
