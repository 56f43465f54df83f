import { inChunks } from '../../../lists/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import { rowsIn, type Row } from '../transport/answer';
import { guid } from '../transport/odata';
import { idIn } from './filter';
import { readEach } from './readEach';

/** Ids per filter: keeps one URL well below the 64 KB that a batch allows. */
const IDS_PER_FILTER = 100;

/**
 * Rows by their ids, in one call; rows that are not there are absent. The answer has no set order. Where a list is
 * refused its rows are read one by one, in one call more.
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
	const lists = inChunks([...new Set(ids.map(guid))], IDS_PER_FILTER);
	const requests = lists.map((list) => ({
		method: 'GET' as const,
		path: withQuery(set, { $select: select.join(','), $filter: idIn(idColumn, list) }),
	}));
	const rows: Row[] = [];
	const apart: string[] = [];
	for (const [index, answer] of (await sendBatch(client, requests, 'repeatable')).entries()) {
		if (!answer) throw cutOff();
		if (answer.status === 200) {
			rows.push(...rowsIn(answer));
			continue;
		}
		const problem = readProblem(answer, client.wire.now());
		if (problem.kind !== 'refused') throw problem;
		apart.push(...lists[index]!);
	}
	for (const found of await readEach(client, set, apart, select))
		if ('row' in found) rows.push(found.row);
	return rows;
}
