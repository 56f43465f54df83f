import { inChunks } from '../../../lists/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
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

/** Looked for beside single texts: where even this is refused, no text is at fault. */
const NOTHING_WRONG = 'x';

/** Texts that are looked for together. */
interface Group {
	index: number;
	texts: string[];
}

/**
 * Rows of several tables by a text column, all in one call; rows per search, in no set order. Dataverse
 * compares text without regard to case. Where a list is refused each of its texts is looked for by itself, in one
 * call more: the one at fault is told to `onRefused`, and the others are found.
 *
 * @throws DataverseProblem
 */
export async function readMatching(
	client: Dataverse,
	searches: Search[],
	onRefused: (text: string, problem: DataverseProblem) => void,
): Promise<Row[][]> {
	const found: Row[][] = searches.map(() => []);
	const lists = searches.flatMap(({ texts }, index) =>
		inChunks(texts, TEXTS_PER_FILTER).map((some): Group => ({ index, texts: some })),
	);
	const apart: Group[] = [];
	for (const { group, answer } of await look(client, searches, lists)) {
		if (answer instanceof DataverseProblem)
			apart.push(
				{ index: group.index, texts: [NOTHING_WRONG] },
				...group.texts.map((text) => ({ index: group.index, texts: [text] })),
			);
		else found[group.index]!.push(...answer);
	}
	for (const { group, answer } of await look(client, searches, apart)) {
		const [text] = group.texts as [string];
		if (text === NOTHING_WRONG) {
			if (answer instanceof DataverseProblem) throw answer;
		} else if (answer instanceof DataverseProblem) onRefused(text, answer);
		else found[group.index]!.push(...answer);
	}
	return found;
}

/** What came of each group; a problem only where the texts may be at fault. */
async function look(
	client: Dataverse,
	searches: Search[],
	groups: Group[],
): Promise<Array<{ group: Group; answer: Row[] | DataverseProblem }>> {
	const answers = await sendBatch(
		client,
		groups.map(({ index, texts }) => {
			const { set, column, select } = searches[index]!;
			const query = { $select: select.join(','), $filter: textIn(column, texts) };
			return { method: 'GET', path: withQuery(set, query) };
		}),
		'repeatable',
	);
	return answers.map((answer, at) => {
		if (!answer) throw cutOff();
		const group = groups[at]!;
		if (answer.status === 200) return { group, answer: rowsIn(answer) };
		const problem = readProblem(answer, client.wire.now());
		if (problem.kind !== 'refused') throw problem;
		return { group, answer: problem };
	});
}
