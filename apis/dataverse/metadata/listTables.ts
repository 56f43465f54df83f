import type { Dataverse } from '../client';
import { rowsIn } from '../transport/answer';
import { call } from '../transport/call';
import { labelText, type EntityDefinition } from './definitions';

/** A table of the environment. */
export interface ListedTable {
	/** Logical name. */
	name: string;
	label: string;
	changeTracking: boolean;
	/** Its rows can be asked for by the Web API. */
	isReachable: boolean;
}

/** All tables but those that only join others; one call. @throws DataverseProblem */
export async function listTables(client: Dataverse): Promise<ListedTable[]> {
	const answer = await call(client, {
		method: 'GET',
		path: 'EntityDefinitions',
		query: {
			$select: 'LogicalName,DisplayName,EntitySetName,ChangeTrackingEnabled',
			$filter: 'IsIntersect eq false',
		},
		safety: 'repeatable',
	});
	return (rowsIn(answer) as unknown as EntityDefinition[]).map((definition) => ({
		name: definition.LogicalName,
		label: labelText(definition.DisplayName) ?? definition.LogicalName,
		changeTracking: definition.ChangeTrackingEnabled === true,
		isReachable: Boolean(definition.EntitySetName),
	}));
}
