import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import { ownLinkOf } from '../rows/query';
import { linkIn, rowsIn, serverTimeOf, type Row } from '../transport/answer';
import { prefer } from '../transport/odata';
import type { ChangedRows } from './readChanges';

/**
 * One page of the rows of a table of which a row that a lookup of theirs points to was saved at or after a time; one
 * call, whatever the number of lookups. A table that may not be read so, for want of rights, tells nothing of its
 * rows: what is shown of them is not known then, either. The next page of one that was read so is refused where its
 * link leads nowhere any more.
 *
 * @param navigations of the lookups: `parentcustomerid_account`
 * @param since ISO 8601, UTC
 * @param next link of the page before, or null
 * @throws DataverseProblem; `cursorExpired` of the link
 */
export async function readBySavedParent(
	client: Dataverse,
	table: { set: string; idColumn: string },
	select: string[],
	navigations: string[],
	since: string,
	next: string | null,
	pageSize: number,
): Promise<ChangedRows> {
	const paths =
		next === null
			? navigations.map((navigation) =>
					withQuery(table.set, {
						$select: select.join(','),
						$filter: `${navigation}/modifiedon ge ${new Date(since).toISOString()}`,
						$orderby: `${table.idColumn} asc`,
					}),
				)
			: (JSON.parse(next) as string[]);
	// A page that was halved down to one row asks by one lookup after the other.
	const asked = paths.slice(0, pageSize);
	const headers = prefer(`odata.maxpagesize=${Math.floor(pageSize / asked.length)}`);
	const requests = asked.map((path) => ({ method: 'GET' as const, path, headers }));
	const rows = new Map<unknown, Row>();
	const links = paths.slice(pageSize);
	let serverTime: string | null = null;
	const answers = await sendBatch(client, requests, 'repeatable');
	for (const [index, answer] of answers.entries()) {
		if (!answer) throw cutOff();
		serverTime ??= serverTimeOf(answer);
		if (answer.status !== 200) {
			const problem = readProblem(answer, client.wire.now());
			if (problem.kind !== 'refused' && problem.kind !== 'setUp') throw problem;
			if (isNextPage(asked[index]!))
				throw new DataverseProblem({ ...problem, kind: 'cursorExpired' });
			continue;
		}
		for (const row of rowsIn(answer)) rows.set(row[table.idColumn], row);
		const more = linkIn(answer, '@odata.nextLink');
		if (more !== undefined) links.push(belowRoot(client, more));
	}
	return {
		rows: [...rows.values()],
		deletedIds: [],
		link: links.length > 0 ? JSON.stringify(links) : '',
		drained: links.length === 0,
		serverTime,
	};
}

/** As a part of a batch names it. */
function belowRoot(client: Dataverse, link: string): string {
	const { pathname, search } = new URL(ownLinkOf(client, link));
	return pathname.slice(new URL(client.root).pathname.length) + search;
}

function isNextPage(path: string): boolean {
	return path.includes('skiptoken');
}
