import { inChunks } from '../../../lists/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem, type ProblemKind } from '../errors/problem';
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

/** Looked for beside single texts: where even this is refused, the column is at fault and no text. */
const NOTHING_WRONG = 'x';

/** A part of a question that one filter asks. */
interface Part {
	index: number;
	/** Null: it asks by ids. */
	texts: string[] | null;
	path: string;
}

/**
 * Rows that lookups point to, all in one call; rows per question, in no set order. Undefined where the
 * table refuses to be read so, for want of rights or because it is a virtual one: what is not seen is not
 * missing, and the other tables go on. Where a list of texts is refused each is looked for by itself, in one call
 * more: the one at fault is told to `onRefused`, and the others are found.
 *
 * @throws DataverseProblem
 */
export async function readReferenced(
	client: Dataverse,
	questions: Question[],
	onRefused: (question: Question, text: string, problem: DataverseProblem) => void = () => {},
): Promise<Array<Row[] | undefined>> {
	const found: Array<Row[] | undefined> = questions.map(() => []);
	const lists = questions.flatMap((question, index) => partsOf(question, index));
	const apart: Part[] = [];
	for (const { part, answer } of await look(client, lists)) {
		const { index, texts } = part;
		if (!(answer instanceof DataverseProblem)) found[index]?.push(...answer);
		else if (answer.kind === 'refused' && texts)
			for (const text of [NOTHING_WRONG, ...texts])
				apart.push(...partsOf({ ...questions[index]!, texts: [text] } as Question, index));
		else found[index] = undefined;
	}
	for (const { part, answer } of await look(client, apart)) {
		const { index, texts } = part;
		const [text] = texts!;
		if (!(answer instanceof DataverseProblem)) {
			if (text !== NOTHING_WRONG) found[index]?.push(...answer);
		} else if (text === NOTHING_WRONG) found[index] = undefined;
		else if (found[index]) onRefused(questions[index]!, text!, answer);
	}
	return found;
}

/** What came of each part; a problem only where it is not over by itself. */
async function look(
	client: Dataverse,
	parts: Part[],
): Promise<Array<{ part: Part; answer: Row[] | DataverseProblem }>> {
	const requests = parts.map(({ path }) => ({ method: 'GET' as const, path }));
	return (await sendBatch(client, requests, 'repeatable')).map((answer, at) => {
		if (!answer) throw cutOff();
		const part = parts[at]!;
		if (answer.status === 200) return { part, answer: rowsIn(answer) };
		const problem = readProblem(answer, client.wire.now());
		if (PASSING.has(problem.kind)) throw problem;
		return { part, answer: problem };
	});
}

function partsOf(question: Question, index: number): Part[] {
	const { target, select } = question;
	const part = (texts: string[] | null, $filter: string): Part => ({
		index,
		texts,
		path: withQuery(target.set, { $select: select.join(','), $filter }),
	});
	if ('ids' in question)
		return inChunks(question.ids, VALUES_PER_FILTER).map((ids) =>
			part(null, idIn(target.idColumn, ids)),
		);
	const { column, texts } = question;
	return inChunks(texts, VALUES_PER_FILTER).map((some) => part(some, textIn(column, some)));
}
