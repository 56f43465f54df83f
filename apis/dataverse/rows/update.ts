import { call } from '../transport/call';
import { duplicateHeader, type CreateOptions } from './create';
import type { Dataverse } from '../client';
import { prefer, rowPath } from '../transport/odata';
import { rowIn, type Row } from '../transport/answer';
import type { WriteBody } from '../values/body';

/**
 * Changes a row that is there. With a row version it changes only that version; without one, `*` keeps
 * Dataverse from creating a row that was deleted.
 *
 * @returns the stored values of the written columns, with the new row version
 * @throws DataverseProblem, kind `missing` or `changedMeanwhile`
 */
export async function update(
	client: Dataverse,
	set: string,
	id: string,
	{ body, select }: WriteBody,
	version = '*',
	options: CreateOptions = {},
): Promise<Row> {
	const answer = await call(client, {
		method: 'PATCH',
		path: rowPath(set, id),
		query: { $select: select.length > 0 ? select.join(',') : undefined },
		headers: {
			'If-Match': version,
			...duplicateHeader(options.detectDuplicates),
			...prefer('return=representation'),
		},
		body,
		// With a version, a repeat would meet the version that the first try made.
		safety: version === '*' ? 'repeatable' : 'once',
	});
	return rowIn(answer);
}
