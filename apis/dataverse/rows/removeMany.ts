import type { BatchRequest } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import type { DataverseTable } from '../metadata/table';
import { rowPath } from '../transport/odata';
import { prepared, writeMany, type WriteResult } from './writeMany';

export interface RowRemoval {
	table: DataverseTable;
	id: string;
	/** Row version for `If-Match`, verbatim: a row that somebody has saved since stays. */
	version: string;
}

/** Deletes rows in one `$batch`, each on its own row version: see `writeMany`. A row that is not there is `missing`. */
export async function removeMany(
	client: Dataverse,
	removals: RowRemoval[],
): Promise<WriteResult[]> {
	return await writeMany(
		client,
		removals.map((removal) => prepared(() => request(removal))),
	);
}

function request({ table, id, version }: RowRemoval): BatchRequest {
	return { method: 'DELETE', path: rowPath(table.set, id), headers: { 'If-Match': version } };
}
