import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { rowIn, type Row } from '../transport/answer';
import { call } from '../transport/call';
import { prefer, rowPath } from '../transport/odata';
import type { WriteBody } from '../values/body';
import { get } from './get';

export interface CreateOptions {
	/** Lets published duplicate detection rules refuse the row. Off in the API by itself. */
	detectDuplicates?: boolean;
}

/**
 * Creates a row under an id that the caller chose beforehand, so that a lost answer can be repeated: the
 * second try finds the row and creates none (`If-None-Match: *`). The id must be new for every row.
 *
 * @returns the stored values of the written columns and the id
 * @throws DataverseProblem, kind `duplicate` or `exists` where another row stands in the way
 */
export async function create(
	client: Dataverse,
	set: string,
	id: string,
	{ body, select }: WriteBody,
	options: CreateOptions = {},
): Promise<Row> {
	try {
		const answer = await call(client, {
			method: 'PATCH',
			path: rowPath(set, id),
			query: { $select: select.length > 0 ? select.join(',') : undefined },
			headers: {
				'If-None-Match': '*',
				...duplicateHeader(options.detectDuplicates),
				...prefer('return=representation'),
			},
			body,
			safety: 'repeatable',
		});
		return rowIn(answer);
	} catch (error) {
		if (!(error instanceof DataverseProblem) || error.kind !== 'exists') throw error;
		return await ownRow(client, set, id, select, error);
	}
}

/** `false` is what switches detection on. */
export function duplicateHeader(detect: boolean | undefined): Record<string, string> {
	return detect ? { 'MSCRM.SuppressDuplicateDetection': 'false' } : {};
}

/** The row under our own id, made by an earlier try. Where it is not there, another key was taken. */
async function ownRow(
	client: Dataverse,
	set: string,
	id: string,
	select: string[],
	taken: DataverseProblem,
): Promise<Row> {
	try {
		return await get(client, set, id, { select });
	} catch (error) {
		throw error instanceof DataverseProblem && error.kind === 'missing' ? taken : error;
	}
}
