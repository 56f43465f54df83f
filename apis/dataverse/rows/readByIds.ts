import { inChunks } from '../../wire/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import { rowsIn, type Row } from '../transport/answer';
import { guid } from '../transport/odata';
import { idIn } from './filter';

/** Ids per filter: keeps one URL well below the 64 KB that a batch allows. */
const IDS_PER_FILTER = 100;

/**
 * Rows by their ids, in one call; rows that are not there are absent. The answer has no set order.
 *
 * @throws DataverseProblem
 */
export async function readByIds(
	client: Dataverse,
	set: string,
	idColumn: string,
	ids: string[],
	select: string[],
): Promise<Row[]> {
	const requests = inChunks([...new Set(ids.map(guid))], IDS_PER_FILTER).map((group) => ({
		method: 'GET' as const,
		path: withQuery(set, { $select: select.join(','), $filter: idIn(idColumn, group) }),
	}));
	const answers = await sendBatch(client, requests, 'repeatable');
	return answers.flatMap((answer) => {
		if (!answer) throw cutOff();
		if (answer.status !== 200) throw readProblem(answer, client.wire.now());
		return rowsIn(answer);
	});
}
