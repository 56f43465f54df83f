import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { readPartitions } from '../../../apis/marketo/people/partitions';
import { connectMarketo } from '../../shared/marketoConnection';
import { inEditor } from './fields';

/** Partitions of this subscription, as far as the credential may use them. */
export async function getPartitions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const partitions = await inEditor(
		this,
		async () => await readPartitions(await connectMarketo(this)),
	);
	return partitions.map(({ name, description }) => ({ name, value: name, description }));
}
