import type { Dataverse } from '../client';
import { refusal } from '../errors/refusal';
import type { DataverseTable } from '../metadata/table';
import { call } from '../transport/call';
import { guid } from '../transport/odata';

export interface Merging {
	/** The row that stays, and the one that is merged into it and deactivated. GUIDs. */
	target: string;
	subordinate: string;
	/** What the row that stays takes over, as the body of an update has it. */
	content: Record<string, unknown>;
	/** Refuse where the two have different parents. */
	checkParents: boolean;
}

/**
 * Merges two rows of one table (Microsoft: `Merge`): for good, the subordinate one is deactivated and leads to the other.
 *
 * @throws DataverseProblem
 */
export async function mergeRows(
	client: Dataverse,
	{ name, idColumn }: Pick<DataverseTable, 'name' | 'idColumn'>,
	{ target, subordinate, content, checkParents }: Merging,
): Promise<void> {
	if (guid(target) === guid(subordinate))
		throw refusal('A record cannot be merged into itself', 'Choose two different records');
	const type = { '@odata.type': `Microsoft.Dynamics.CRM.${name}` };
	await call(client, {
		method: 'POST',
		path: 'Merge',
		body: {
			Target: { ...type, [idColumn]: guid(target) },
			Subordinate: { ...type, [idColumn]: guid(subordinate) },
			...(Object.keys(content).length === 0 ? {} : { UpdateContent: { ...type, ...content } }),
			PerformParentingChecks: checkParents,
		},
		// A second time it would be refused, since the subordinate one is inactive by then.
		safety: 'once',
	});
}
