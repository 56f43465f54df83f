import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { findOwner, type Owner } from '../../../apis/dataverse/actions/owner';
import { clientOf } from './client';

/** The picker of a user or a team. */
export const OWNER: INodeProperties = {
	displayName: 'Owner',
	name: 'owner',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The user or team to own the record',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a user or team...',
			typeOptions: { searchListMethod: 'searchOwners', searchable: true },
		},
		{
			displayName: 'By E-Mail',
			name: 'email',
			type: 'string',
			placeholder: 'e.g. nathan@example.com',
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d or team(60c4e274-...)',
		},
	],
};

const found = new WeakMap<IExecuteFunctions, Map<string, Promise<Owner>>>();

/** Who is meant, looked up once per execution. @throws DataverseProblem where that is nobody who can own */
export async function ownerNamed(context: IExecuteFunctions, given: string): Promise<Owner> {
	let owners = found.get(context);
	if (!owners) found.set(context, (owners = new Map()));
	let owner = owners.get(given);
	if (!owner) owners.set(given, (owner = findOwner(await clientOf(context), given)));
	return await owner;
}
