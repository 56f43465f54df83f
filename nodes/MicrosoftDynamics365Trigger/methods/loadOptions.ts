import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { describe } from '../../../apis/dataverse/metadata/describe';
import { forEditor } from '../../MicrosoftDynamics365/methods/offered';
import { clientOf } from '../../MicrosoftDynamics365/shared/client';
import { columnsByUse } from '../../MicrosoftDynamics365/shared/usualColumns';

/** Columns of the chosen table that can be read, usual ones first. */
export async function getColumns(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await forEditor(this, async () => {
		const chosen = this.getCurrentNodeParameter('table', { extractValue: true });
		if (typeof chosen !== 'string' || chosen === '') return [];
		const table = await describe(await clientOf(this), chosen.toLowerCase());
		return columnsByUse(table)
			.filter(({ canRead }) => canRead)
			.map(({ name, label }) => ({ name: `${label} (${name})`, value: name }));
	});
}
