import { withQuery } from '../../wire/queryString';
import type { BatchRequest } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import type { DataverseTable } from '../metadata/table';
import { prefer, rowPath } from '../transport/odata';
import { writeBody } from '../values/body';
import { prepared, writeMany, type WriteResult } from './writeMany';

export interface RowUpdate {
	table: DataverseTable;
	id: string;
	/** Row version for `If-Match`, verbatim. */
	version: string;
	/** By logical column name; null clears. */
	values: Record<string, unknown>;
}

/** Updates rows in one `$batch`, each on its own row version: see `writeMany`. */
export async function updateMany(client: Dataverse, updates: RowUpdate[]): Promise<WriteResult[]> {
	return await writeMany(
		client,
		updates.map((update) => prepared(() => request(update))),
	);
}

function request(update: RowUpdate): BatchRequest {
	const { body, select } = writeBody(update.table, update.values, 'update');
	return {
		method: 'PATCH',
		path: withQuery(rowPath(update.table.set, update.id), {
			$select: [...new Set([...select, 'modifiedon'])].join(','),
		}),
		headers: { 'If-Match': update.version, ...prefer('return=representation') },
		body,
	};
}
