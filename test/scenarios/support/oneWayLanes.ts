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

/** All records of an object, by their key. */
export async function objectsOf(
	world: SyncWorld,
	object: 'companies' | 'salesPersons',
): Promise<Map<string, Row>> {
	const key = object === 'companies' ? 'externalCompanyId' : 'externalSalesPersonId';
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
