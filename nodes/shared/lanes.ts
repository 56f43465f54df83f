import { NodeOperationError, type INode, type INodeProperties } from 'n8n-workflow';

import { COMPANIES_LANE } from '../../sync/lanes/companies';
import type { LaneDefinition } from '../../sync/lanes/definition';
import { OPPORTUNITIES_LANE } from '../../sync/lanes/opportunities';
import { OWNERS_LANE } from '../../sync/lanes/owners';
import { ROLES_LANE } from '../../sync/lanes/roles';
import { readToken } from '../../sync/schedule/token';
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
		{ name: 'Leads and Contacts (Both Ways With People)', value: 'people' },
		{ name: 'Opportunities', value: 'opportunities' },
		{ name: 'Opportunity Roles (Potential Customers and Stakeholders)', value: 'roles' },
		{ name: 'Users and Teams (to Sales Persons)', value: 'owners' },
	],
	default: 'people',
};

/** What is chosen in a node's parameters. */
export function chosenLane(parameters: Readonly<Record<string, unknown>>): OfferedLane {
	const { lane = 'people' } = parameters as { lane?: OfferedLane };
	return lane;
}

/** What a page belongs to. @throws NodeOperationError where this version does not know it */
export function laneOfPage(node: INode, page: string): OfferedLane {
	const { lane } = readToken(page);
	if (lane in LANES) return lane as OfferedLane;
	throw new NodeOperationError(node, `This version of the package cannot sync "${lane}"`, {
		description: 'Update the package, or remove this step',
	});
}

/** @throws NodeOperationError where a page is not of what the node is set to */
export function assertSameLane(
	node: INode,
	page: OfferedLane,
	chosen: OfferedLane,
	chosenIn = 'this node',
): void {
	if (page === chosen) return;
	throw new NodeOperationError(
		node,
		`The trigger syncs ${LANE_WORDS[page]}, but ${chosenIn} is set to ${LANE_WORDS[chosen]}`,
		{ description: 'Set What to Sync to the same in the trigger and in Resolve Sync Conflict' },
	);
}
