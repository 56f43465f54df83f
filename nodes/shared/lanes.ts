import { COMPANIES_LANE } from '../../sync/lanes/companies';
import type { LaneDefinition } from '../../sync/lanes/definition';
import { OWNERS_LANE } from '../../sync/lanes/owners';
import { PEOPLE_LANE } from './vendorPorts';

/** What people can choose to sync, each in a workflow of its own steps. */
export const LANES = {
	people: PEOPLE_LANE,
	companies: COMPANIES_LANE,
	owners: OWNERS_LANE,
} as const satisfies Record<string, LaneDefinition>;

export type OfferedLane = keyof typeof LANES;
