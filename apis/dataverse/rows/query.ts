import { ForeignLink, ownLink } from '../../wire/links';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { linkIn, rowsIn, type Row } from '../transport/answer';
import { call } from '../transport/call';
import { sameEnvironment } from '../transport/environment';
import { prefer } from '../transport/odata';
import { LABELS, type ReadOptions } from './get';

export interface QueryOptions extends ReadOptions {
	filter?: string;
	/** `column asc|desc`, comma separated. */
	orderBy?: string;
	/** Linked rows to bring along, e.g. `sdkmessageid($select=name)`. */
	expand?: string;
	/** Stops after this many rows; without it everything is read. */
	limit?: number;
	/** Rows per page, at most 5,000. */
	pageSize?: number;
}

/** Most rows that Dataverse puts on a page, and what it does by itself. */
export const LARGEST_PAGE = 5_000;

/**
 * Rows page by page, so that no caller has to hold them all. `$top` is never sent: together with a page
 * size Dataverse ignores it, so the limit is kept here.
 *
 * @throws DataverseProblem
 */
export async function* pages(
	client: Dataverse,
	set: string,
	options: QueryOptions = {},
): AsyncGenerator<Row[]> {
	const { limit = Infinity } = options;
	const pageSize = Math.max(1, Math.min(options.pageSize ?? LARGEST_PAGE, LARGEST_PAGE, limit));
	// The page size has to be repeated with every page.
	const headers = prefer(`odata.maxpagesize=${pageSize}`, options.withLabels && LABELS);
	let left = limit;
	let path: string | undefined = set;
	let query: Record<string, string | undefined> | undefined = {
		$select: options.select?.length ? options.select.join(',') : undefined,
		$filter: options.filter || undefined,
		$orderby: options.orderBy || undefined,
		$expand: options.expand || undefined,
	};
	while (path !== undefined && left > 0) {
		const answer = await call(client, {
			method: 'GET',
			path,
			query,
			headers,
			safety: 'repeatable',
		});
		const rows = rowsIn(answer).slice(0, left);
		left -= rows.length;
		yield rows;
		const next = linkIn(answer, '@odata.nextLink');
		path = next === undefined ? undefined : ownLinkOf(client, next);
		query = undefined;
	}
}

/** All rows of a query in one list. For small results; prefer `pages`. @throws DataverseProblem */
export async function query(
	client: Dataverse,
	set: string,
	options: QueryOptions = {},
): Promise<Row[]> {
	const all: Row[] = [];
	const reader = pages(client, set, options);
	for (let page = await reader.next(); page.done !== true; page = await reader.next()) {
		all.push(...page.value);
	}
	return all;
}

/** A link of an answer, verbatim, if it stays in this environment. @throws DataverseProblem */
export function ownLinkOf(client: Dataverse, link: string): string {
	try {
		return ownLink(link, client.origin, sameEnvironment(client.origin));
	} catch (error) {
		if (!(error instanceof ForeignLink)) throw error;
		throw new DataverseProblem({
			kind: 'setUp',
			status: 0,
			code: '',
			reason: error.message,
			remedy: 'Use the environment URL that Dynamics 365 itself names, without a proxy in between',
		});
	}
}
