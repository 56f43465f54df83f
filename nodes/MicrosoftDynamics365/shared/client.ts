import type { IExecuteFunctions } from 'n8n-workflow';

import { dataverse, type Dataverse } from '../../../apis/dataverse/client';
import { describe } from '../../../apis/dataverse/metadata/describe';
import type { DataverseTable } from '../../../apis/dataverse/metadata/table';
import { createWire, type WireContext } from '../../shared/send';
import { tableNamed } from './tableReference';

export const CREDENTIAL = 'microsoftDynamics365Api';

const clients = new WeakMap<object, Promise<Dataverse>>();

/** The client of the node's credential; one per execution of the node. */
export async function clientOf(context: WireContext): Promise<Dataverse> {
	let client = clients.get(context);
	if (!client) {
		client = connect(context);
		clients.set(context, client);
	}
	return await client;
}

/** The table of the chosen resource, described. @throws DataverseProblem */
export async function tableFor(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<DataverseTable> {
	return await describe(await clientOf(context), tableNamed(context, itemIndex));
}

/** A client of its own, with the credential as it is now. */
export async function connect(context: WireContext): Promise<Dataverse> {
	const wire = await createWire(context, CREDENTIAL);
	const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(CREDENTIAL);
	return dataverse(wire, environmentUrl);
}
