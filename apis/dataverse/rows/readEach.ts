import { inChunks } from '../../../lists/inChunks';
import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import type { DataverseProblem, ProblemKind } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { cutOff } from '../errors/refusal';
import { rowIn, type Row } from '../transport/answer';
import { rowPath } from '../transport/odata';

/** Reads per call: one by one, Dataverse takes a few milliseconds for each. */
const ROWS_PER_CALL = 500;

/** What is wrong with the call, or with all rows alike. */
const OF_THE_CALL: ReadonlySet<ProblemKind> = new Set([
	'throttled',
	'again',
	'unknown',
	'tooLarge',
	'cursorExpired',
]);

/** What became of one row: as it is, deleted, or why it is not shown. */
export type FoundRow = { row: Row } | { isDeleted: true } | { problem: DataverseProblem };

/**
 * Rows by their own addresses, in the order asked for. A query leaves out what its user may not see as it
 * leaves out what is not there; a row that is asked for alone is refused with the reason.
 *
 * @throws DataverseProblem
 */
export async function readEach(
	client: Dataverse,
	set: string,
	ids: string[],
	select: string[],
): Promise<FoundRow[]> {
	const found: FoundRow[] = [];
	for (const some of inChunks(ids, ROWS_PER_CALL)) {
		const requests = some.map((id) => ({
			method: 'GET' as const,
			path: withQuery(rowPath(set, id), { $select: select.join(',') }),
		}));
		for (const answer of await sendBatch(client, requests, 'repeatable')) {
			if (!answer) throw cutOff();
			found.push(
				answer.status === 200
					? { row: rowIn(answer) }
					: foundOf(readProblem(answer, client.wire.now())),
			);
		}
	}
	return found;
}

function foundOf(problem: DataverseProblem): FoundRow {
	const { kind, status } = problem;
	// Only Dataverse itself can say so: an address that leads nowhere is 404, too.
	if (kind === 'missing' && isDeletion(problem)) return { isDeleted: true };
	if (OF_THE_CALL.has(kind) || kind === 'missing' || (kind === 'setUp' && status !== 403))
		throw problem;
	return { problem };
}

function isDeletion({ code, original }: DataverseProblem): boolean {
	return code === '0x80040217' || (code === '' && /does not exist/i.test(original ?? ''));
}
