import { withQuery } from '../../wire/queryString';
import type { BatchRequest } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import type { DataverseTable } from '../metadata/table';
import { prefer, rowPath } from '../transport/odata';
import { writeBody } from '../values/body';
import { duplicateHeader } from './create';
import { prepared, writeMany, type WriteResult } from './writeMany';

export interface RowCreate {
	table: DataverseTable;
	/** Chosen beforehand, new for every row: a repeat finds the row and makes none (`If-None-Match: *`). */
	id: string;
	/** By logical column name. */
	values: Record<string, unknown>;
	/** Lets published duplicate detection rules refuse the row. */
	detectDuplicates: boolean;
	/** As `$select` names them: what the answer holds besides what was sent. */
	select?: string[];
}

/** Makes rows in one `$batch`, each under its own id: see `writeMany`. A row that is there is `exists`. */
export async function createMany(client: Dataverse, creates: RowCreate[]): Promise<WriteResult[]> {
	return await writeMany(
		client,
		creates.map((create) => prepared(() => request(create))),
	);
}

function request({
	table,
	id,
	values,
	detectDuplicates,
	select: more = [],
}: RowCreate): BatchRequest {
	const { body, select } = writeBody(table, values, 'create');
	return {
		method: 'PATCH',
		path: withQuery(rowPath(table.set, id), {
			$select: [...new Set([...select, ...more, 'createdon', 'modifiedon'])].join(','),
		}),
		headers: {
			'If-None-Match': '*',
			...duplicateHeader(detectDuplicates),
			...prefer('return=representation'),
		},
		body,
	};
}
