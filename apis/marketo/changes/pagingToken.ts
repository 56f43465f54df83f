import type { Marketo } from '../client';
import { utcSeconds } from '../fields/values';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';

/** A token that stands for a moment: activity feeds that are given it start there. */
export async function pagingToken(
	marketo: Marketo,
	since: string,
): Promise<{ token: string; requestId?: string }> {
	const { nextPageToken, requestId } = await call<never>(marketo, {
		method: 'GET',
		path: '/rest/v1/activities/pagingtoken.json',
		query: { sinceDatetime: utcSeconds(since) },
		timeoutMs: TIMEOUT_MS.pagingToken,
		permission: 'Read-Only Activity',
		effect: 'read',
	});
	if (nextPageToken === undefined) {
		throw new MarketoProblem(
			'ambiguous',
			'no token',
			'Marketo gave no paging token',
			'Try again later',
		);
	}
	return { token: nextPageToken, requestId };
}
