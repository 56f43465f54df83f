import {
	NodeOperationError,
	type IDataObject,
	type INode,
	type INodeParameterResourceLocator,
	type INodeProperties,
} from 'n8n-workflow';

import { COMPANIES_LANE } from '../../sync/lanes/companies';
import {
	customLaneId,
	customObjectKey,
	customTableLane,
	customTableOf,
	type CustomTable,
} from '../../sync/lanes/customTables';
import type { LaneDefinition } from '../../sync/lanes/definition';
import { OPPORTUNITIES_LANE } from '../../sync/lanes/opportunities';
import { OWNERS_LANE } from '../../sync/lanes/owners';
import { ROLES_LANE } from '../../sync/lanes/roles';
import { keptColumns } from '../../sync/ledger/columns';
import type { Ledger } from '../../sync/ledger/ledger';
import type { LaneMapping } from '../../sync/mapping';
import { PUBLISH_ANEW, readToken } from '../../sync/schedule/token';
import { PEOPLE_LANE } from './vendorPorts';

/** What people can choose to sync, each by steps of its own. */
export const LANES = {
	people: PEOPLE_LANE,
	companies: COMPANIES_LANE,
	owners: OWNERS_LANE,
	opportunities: OPPORTUNITIES_LANE,
	roles: ROLES_LANE,
} as const satisfies Record<string, LaneDefinition>;

export type OfferedLane = keyof typeof LANES;

/** The choice under which any number of lanes are made: one per table and custom object. */
export const CUSTOM_TABLE = 'customTable';

/** How they are called in a sentence. */
const LANE_WORDS: Record<OfferedLane, string> = {
	people: 'leads and contacts',
	companies: 'accounts',
	owners: 'users and teams',
	opportunities: 'opportunities',
	roles: 'opportunity roles',
};

/** Nodes of 0.1, which have no such choice, sync people. */
export const WHAT_TO_SYNC: INodeProperties = {
	displayName: 'What to Sync',
	name: 'lane',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Accounts (to Companies)', value: 'companies' },
		{ name: 'Custom Table (to a Custom Object)', value: CUSTOM_TABLE },
		{ name: 'Leads and Contacts (Both Ways With People)', value: 'people' },
		{ name: 'Opportunities', value: 'opportunities' },
		{ name: 'Opportunity Roles (Potential Customers and Stakeholders)', value: 'roles' },
		{ name: 'Users and Teams (to Sales Persons)', value: 'owners' },
	],
	default: 'people',
};

/** What people have chosen in *Resolve Sync Conflict* for a custom table. */
export const CUSTOM_PARAMETERS = { table: 'customTable', object: 'customObject' } as const;

type Picked = INodeParameterResourceLocator | string | undefined;

/** A picked value, from a list or typed. */
export function pickedText(picked: Picked): string {
	return String((typeof picked === 'object' ? picked?.value : picked) ?? '').trim();
}

/** Table and custom object in a node's parameters; null where one of them is still to be chosen. */
export function chosenCustomTable(parameters: IDataObject): CustomTable | null {
	const table = pickedText(parameters[CUSTOM_PARAMETERS.table] as Picked).toLowerCase();
	const object = pickedText(parameters[CUSTOM_PARAMETERS.object] as Picked);
	return /^\w+$/.test(table) && /^\w+$/.test(object) ? { table, object } : null;
}

/**
 * The lane that a node's parameters name.
 *
 * @throws NodeOperationError where a custom table or its object is still to be chosen
 */
export function chosenLane(node: INode, parameters: IDataObject): string {
	const { lane = 'people' } = parameters as { lane?: string };
	if (lane !== CUSTOM_TABLE) return lane;
	const custom = chosenCustomTable(parameters);
	if (custom) return customLaneId(custom);
	throw new NodeOperationError(node, 'No table and custom object are chosen yet', {
		description:
			'Choose both in Resolve Sync Conflict: Table, and Custom Object. The lists are filled by Validate Setup of the two systems',
	});
}

/** Whether this version can sync it. */
export function isKnownLane(lane: string): boolean {
	return lane in LANES || customTableOf(lane) !== null;
}

/** What a page belongs to. @throws NodeOperationError where this version does not know it */
export function laneOfPage(node: INode, page: string): string {
	const { lane } = readToken(page);
	if (isKnownLane(lane)) return lane;
	throw new NodeOperationError(node, `This version of the package cannot sync "${lane}"`, {
		description: 'Update the package, or remove this step',
	});
}

/**
 * The definition of a lane. That of a custom table knows the key of its object as far as it was described, and names
 * records by the mapping's columns, in their order.
 *
 * @throws Error where this version does not know the lane
 */
export async function definitionOf(
	{ db }: Pick<Ledger, 'db'>,
	lane: string,
	mapping: LaneMapping = {},
): Promise<LaneDefinition> {
	if (lane in LANES) return LANES[lane as OfferedLane];
	const custom = customTableOf(lane);
	if (!custom) throw new Error(`There is no sync "${lane}"`);
	const fields = await keptColumns(db, customObjectKey(custom.object));
	const key = [...fields.values()].find(({ isKey }) => isKey)?.name ?? '';
	const names = (mapping[custom.table]?.rows ?? []).map(({ column }) => column);
	return customTableLane(custom, key, names);
}

/** How a lane is called in a sentence. */
function laneWords(lane: string): string {
	const custom = customTableOf(lane);
	if (custom) return `the table ${custom.table} to the custom object ${custom.object}`;
	return LANE_WORDS[lane as OfferedLane] ?? lane;
}

/** @throws NodeOperationError where a page is not of what the node is set to */
export function assertSameLane(
	node: INode,
	page: string,
	chosen: string,
	chosenIn = 'this node',
): void {
	if (page === chosen) return;
	throw new NodeOperationError(
		node,
		`The trigger syncs ${laneWords(page)}, but ${chosenIn} is set to ${laneWords(chosen)}`,
		{
			description:
				customTableOf(page) && customTableOf(chosen)
					? PUBLISH_ANEW
					: `Set What to Sync to the same in the trigger and in Resolve Sync Conflict. In people-sync.json, Resolve Sync Conflict is for leads and contacts only: for another sync, import its own workflow. ${PUBLISH_ANEW}`,
		},
	);
}
