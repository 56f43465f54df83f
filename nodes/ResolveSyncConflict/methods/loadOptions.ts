import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { searchLeadFields } from './listSearch';

/** Fields of people, as the lists of the mapping have them; costs no call. */
export async function getPersonFields(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const options: INodePropertyOptions[] = [];
	let page: string | undefined;
	do {
		const { results, paginationToken } = await searchLeadFields.call(this, '', page);
		options.push(...results);
		page = paginationToken as string | undefined;
	} while (page);
	return options;
}
