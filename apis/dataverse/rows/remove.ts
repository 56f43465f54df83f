import type { Dataverse } from '../client';
import { call } from '../transport/call';
import { rowPath } from '../transport/odata';

/**
 * Deletes a row, whatever its version. A repeat after a lost answer finds nothing, which then reads as
 * `missing`.
 *
 * @throws DataverseProblem
 */
export async function remove(client: Dataverse, set: string, id: string): Promise<void> {
	await call(client, { method: 'DELETE', path: rowPath(set, id), safety: 'repeatable' });
}
