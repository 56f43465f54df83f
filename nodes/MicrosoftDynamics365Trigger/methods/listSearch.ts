import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { labelText, type EntityDefinition } from '../../../apis/dataverse/metadata/definitions';
import { rowsIn } from '../../../apis/dataverse/transport/answer';
import { call } from '../../../apis/dataverse/transport/call';
import { forEditor } from '../../MicrosoftDynamics365/methods/offered';
import { clientOf } from '../../MicrosoftDynamics365/shared/client';

/** Tables that can be watched, by name or label: for polling those with change tracking. */
export async function searchTables(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const answer = await call(await clientOf(this), {
			method: 'GET',
			path: 'EntityDefinitions',
			query: {
				$select: 'LogicalName,DisplayName,EntitySetName,ChangeTrackingEnabled',
				$filter: 'IsIntersect eq false',
			},
			safety: 'repeatable',
		});
		const polled = this.getCurrentNodeParameter('watch') !== 'webhook';
		const wanted = (filter ?? '').toLowerCase();
		const results = (rowsIn(answer) as unknown as EntityDefinition[])
			.filter(
				({ ChangeTrackingEnabled, EntitySetName }) =>
					EntitySetName && (!polled || ChangeTrackingEnabled),
			)
			.map(({ LogicalName, DisplayName }) => ({
				name: `${labelText(DisplayName) ?? LogicalName} (${LogicalName})`,
				value: LogicalName,
			}))
			.filter(({ name }) => name.toLowerCase().includes(wanted))
			.sort((a, b) => a.name.localeCompare(b.name));
		return { results };
	});
}
