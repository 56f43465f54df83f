import { inChunks } from '../../wire/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import { rowsIn, type Row } from '../transport/answer';
import { textIn } from './filter';

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
	const requests = searches.flatMap(({ set, column, texts, select }, index) =>
		inChunks(texts, TEXTS_PER_FILTER).map((some) => ({
			index,
			path: withQuery(set, { $select: select.join(','), $filter: textIn(column, some) }),
		})),
	);
	const found: Row[][] = searches.map(() => []);
	const answers = await sendBatch(
		client,
		requests.map(({ path }) => ({ method: 'GET', path })),
		'repeatable',
	);
	for (const [at, answer] of answers.entries()) {
		if (!answer) throw cutOff();
		if (answer.status !== 200) throw readProblem(answer, client.wire.now());
		found[requests[at]!.index]!.push(...rowsIn(answer));
	}
	return found;
}
