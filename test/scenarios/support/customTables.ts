import { customLaneId } from '../../../sync/lanes/customTables';
import type { LaneMapping } from '../../../sync/mapping';
import { makeObject, SUBSCRIPTION_OBJECT, SUBSCRIPTION_TABLE } from '../../vendors/customTable';
import type { Row } from '../../vendors/dynamics';
import { row } from './mapping';
import { SyncWorld } from './world';

export const TABLE = SUBSCRIPTION_TABLE.LogicalName;
export const SET = SUBSCRIPTION_TABLE.EntitySetName;
export const OBJECT = SUBSCRIPTION_OBJECT.apiName;
export const LANE = customLaneId({ table: TABLE, object: OBJECT });

/** Text, whole number, choice, and the three records that a row may hang on. */
export const SUBSCRIPTIONS = mappingOf(
	'new_name>title',
	'new_seats>seats',
	'new_plan>plan',
	'new_contactid>leadId',
	'new_accountid>companyId',
);

/** Rows as the editor's one group has them. */
export function mappingOf(...rows: string[]): LaneMapping {
	return {
		[TABLE]: {
			rows: rows.map((id) => row(id, { direction: 'toMarketo' })),
			ifBothChanged: 'native',
			emptyValues: 'copy',
		},
	};
}

/** A world in which Dynamics has the table and Marketo the object. */
export async function startWithTable(): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	await world.dynamics.post('tables', SUBSCRIPTION_TABLE);
	await makeObject(world.automation);
	world.mappings = { [LANE]: SUBSCRIPTIONS };
	return world;
}

/** Records of a custom object by the ID of their row. */
export async function objectsIn(world: SyncWorld, object = OBJECT): Promise<Map<string, Row>> {
	const { records } = await world.marketo.get<{ records: Row[] }>(`objects/${object}?limit=100000`);
	const byKey = new Map(records.map((one) => [String(one.dynamicsId), one]));
	expect(byKey.size).toBe(records.length);
	return byKey;
}

export async function newSubscription(world: SyncWorld, values: Row): Promise<string> {
	world.clock.advance(1_000);
	return await world.crm.create(SET, values);
}

export async function editSubscription(world: SyncWorld, id: string, values: Row): Promise<void> {
	world.clock.advance(1_000);
	await world.crm.update(SET, id, values);
}

export const ofContact = (id: string): Row => ({ 'new_contactid@odata.bind': `/contacts(${id})` });
export const ofAccount = (id: string): Row => ({ 'new_accountid@odata.bind': `/accounts(${id})` });
