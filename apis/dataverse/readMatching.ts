import { withQuery } from '../wire/queryString';
import type { Dataverse } from './client';
import { textIn } from './filter';
import { DataverseProblem } from './problem';
import { readProblem } from './readProblem';
import { rowsIn, type Row } from './row';
import { sendBatch } from './sendBatch';

/** Texts per filter: keeps one URL well below the 64 KB that a batch allows. */
const TEXTS_PER_FILTER = 100;

/** Rows of one table whose text column is one of the texts. */
export interface Search {
	set: string;
	column: string;
	texts: string[];
	select: string[];
}

/**
 * Rows of several tables by a text column, all in one call; rows per search, in no set order. Dataverse
 * compares text without regard to case.
 *
 * @throws DataverseProblem
 */
export async function readMatching(client: Dataverse, searches: Search[]): Promise<Row[][]> {
	const requests = searches.flatMap((search, index) => {
		const groups: Array<{ index: number; method: 'GET'; path: string }> = [];
		for (let from = 0; from < search.texts.length; from += TEXTS_PER_FILTER) {
			const filter = textIn(search.column, search.texts.slice(from, from + TEXTS_PER_FILTER));
			groups.push({ index, method: 'GET', path: withQuery(search.set, { $select: search.select.join(','), $filter: filter }) });
		}
		return groups;
	});
	const found: Row[][] = searches.map(() => []);
	const answers = await sendBatch(client, requests.map(({ method, path }) => ({ method, path })), 'repeatable');
	for (const [at, answer] of answers.entries()) {
		if (!answer) throw cutOff();
		if (answer.status !== 200) throw readProblem(answer, client.wire.now());
		found[requests[at]!.index]!.push(...rowsIn(answer));
	}
	return found;
}

function cutOff(): DataverseProblem {
	return new DataverseProblem({
		kind: 'again',
		status: 0,
		code: '',
		reason: 'The answer of Dynamics 365 was cut off',
		remedy: 'Nothing to do: the rows are read again later',
	});
}
