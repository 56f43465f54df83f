import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { listTables } from '../../../apis/dataverse/metadata/listTables';
import { forEditor } from '../../MicrosoftDynamics365/methods/offered';
import { clientOf } from '../../MicrosoftDynamics365/shared/client';

/** Tables that can be watched, by name or label: for polling those with change tracking. */
export async function searchTables(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const polled = this.getCurrentNodeParameter('watch') !== 'webhook';
		const wanted = (filter ?? '').toLowerCase();
		const results = (await listTables(await clientOf(this)))
			.filter(({ isReachable, changeTracking }) => isReachable && (!polled || changeTracking))
			.map(({ name, label }) => ({ name: `${label} (${name})`, value: name }))
			.filter(({ name }) => name.toLowerCase().includes(wanted))
			.sort((a, b) => a.name.localeCompare(b.name));
		return { results };
	});
}
