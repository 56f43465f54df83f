import type { Dataverse } from '../client';
import { ownLinkOf } from '../rows/query';
import { linkIn, rowsIn, serverTimeOf } from '../transport/answer';
import { call } from '../transport/call';
import { prefer } from '../transport/odata';
import type { ChangedRows } from './readChanges';

/**
 * One page of the rows that were changed at or after a time, oldest first. For tables that change tracking
 * cannot cover at the moment; deletions stay unseen.
 *
 * @param since ISO 8601, UTC
 * @param next link of the page before, or null
 * @throws DataverseProblem
 */
export async function readModifiedSince(
	client: Dataverse,
	table: { set: string; idColumn: string },
	select: string[],
	since: string,
	next: string | null,
	pageSize: number,
): Promise<ChangedRows> {
	const query = {
		$select: select.join(','),
		$filter: `modifiedon ge ${new Date(since).toISOString()}`,
		$orderby: `modifiedon asc,${table.idColumn} asc`,
	};
	const answer = await call(client, {
		method: 'GET',
		path: next === null ? table.set : ownLinkOf(client, next),
		query: next === null ? query : undefined,
		headers: prefer(`odata.maxpagesize=${pageSize}`),
		safety: 'repeatable',
	});
	const more = linkIn(answer, '@odata.nextLink');
	return {
		rows: rowsIn(answer),
		deletedIds: [],
		link: more === undefined ? '' : ownLinkOf(client, more),
		drained: more === undefined,
		serverTime: serverTimeOf(answer),
	};
}
