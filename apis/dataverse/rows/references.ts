import { inChunks } from '../../wire/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import type { ProblemKind } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import type { Binding } from '../metadata/table';
import { rowsIn, type Row } from '../transport/answer';
import { idIn, textIn } from './filter';

/** Values per filter: keeps one URL well below the 64 KB that a batch allows. */
const VALUES_PER_FILTER = 100;

/** Problems that are over by themselves. */
const PASSING: ReadonlySet<ProblemKind> = new Set(['throttled', 'again', 'unknown']);

/** Rows of a table that a lookup may point to, by their ids or by a text column. */
export type Question = {
	target: Pick<Binding, 'table' | 'set' | 'idColumn'>;
	select: string[];
} & ({ ids: string[] } | { column: string; texts: string[] });

/**
 * Rows that lookups point to, all in one call; rows per question, in no set order. Undefined where the
 * table refuses to be read so, for want of rights or because it is a virtual one: what is not seen is not
 * missing, and the other tables go on.
 *
 * @throws DataverseProblem
 */
export async function readReferenced(
	client: Dataverse,
	questions: Question[],
): Promise<Array<Row[] | undefined>> {
	const requests = questions.flatMap((question, index) =>
		filtersOf(question).map(($filter) => ({
			index,
			path: withQuery(question.target.set, { $select: question.select.join(','), $filter }),
		})),
	);
	const found: Array<Row[] | undefined> = questions.map(() => []);
	const answers = await sendBatch(
		client,
		requests.map(({ path }) => ({ method: 'GET', path })),
		'repeatable',
	);
	for (const [at, answer] of answers.entries()) {
		const { index } = requests[at]!;
		if (!answer) throw cutOff();
		if (answer.status === 200) {
			found[index]?.push(...rowsIn(answer));
			continue;
		}
		const problem = readProblem(answer, client.wire.now());
		if (PASSING.has(problem.kind)) throw problem;
		found[index] = undefined;
	}
	return found;
}

function filtersOf(question: Question): string[] {
	if ('ids' in question) {
		const { idColumn } = question.target;
		return inChunks(question.ids, VALUES_PER_FILTER).map((ids) => idIn(idColumn, ids));
	}
	const { column, texts } = question;
	return inChunks(texts, VALUES_PER_FILTER).map((some) => textIn(column, some));
}
