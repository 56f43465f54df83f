import type { IExecuteFunctions } from 'n8n-workflow';

import { marketoEndpoint } from '../../../apis/marketo/transport/endpoint';
import { MARKETO_API } from '../../shared/syncPorts';

const MUNCHKIN = /^\d{3}-[a-z]{3}-\d{3}$/i;

/**
 * What tells this Marketo subscription from others, for ever: its Munchkin ID, which begins the name of its
 * REST host (Adobe: Base URL). It survives a lost ledger and a renewed client.
 */
export async function subscriptionOf(context: IExecuteFunctions): Promise<string> {
	const { endpoint } = await context.getCredentials<{ endpoint: string }>(MARKETO_API);
	const { hostname } = new URL(marketoEndpoint(endpoint));
	const first = hostname.split('.')[0]!;
	return MUNCHKIN.test(first) ? first.toUpperCase() : hostname;
}
