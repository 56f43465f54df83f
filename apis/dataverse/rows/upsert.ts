import { call } from '../transport/call';
import { duplicateHeader, type CreateOptions } from './create';
import type { Dataverse } from '../client';
import { prefer } from '../transport/odata';
import { rowIn, type Row } from '../transport/answer';
import type { WriteBody } from '../values/body';

/**
 * Changes the row at a path (`rowPath` or `keyPath`), or creates it there. Key columns that stand in the
 * path must not be in the body.
 *
 * @throws DataverseProblem
 */
export async function upsert(
	client: Dataverse,
	path: string,
	{ body, select }: WriteBody,
	options: CreateOptions = {},
): Promise<{ row: Row; created: boolean }> {
	const answer = await call(client, {
		method: 'PATCH',
		path,
		query: { $select: select.length > 0 ? select.join(',') : undefined },
		headers: { ...duplicateHeader(options.detectDuplicates), ...prefer('return=representation') },
		body,
		safety: 'repeatable',
	});
	return { row: rowIn(answer), created: answer.status === 201 };
}
