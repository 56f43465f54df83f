import type { Marketo } from '../client';
import { call } from '../transport/call';
import { TIMEOUT_MS } from '../transport/limits';

/** A partition of the lead database; writes name it by its name. */
export interface Partition {
	id: number;
	name: string;
	description?: string;
}

/** Partitions that the API user may use (developer guide, "Leads": get lead partitions). */
export async function readPartitions(marketo: Marketo): Promise<Partition[]> {
	const { result } = await call<Partition>(marketo, {
		method: 'GET',
		path: '/rest/v1/leads/partitions.json',
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Only Lead',
		effect: 'read',
	});
	return result;
}
