import { sendBatch, type BatchRequest } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { rowIn, type Row } from '../transport/answer';

/** The stored row (written columns, `modifiedon`, row version), or why the write did not happen. */
export type WriteResult = { row?: Row } | { problem: DataverseProblem };

/**
 * Sends writes in one `$batch`, one result per write in their order. What a single row is refused for is
 * a result; only what stops the whole call is thrown.
 *
 * At most one call takes effect and nothing is waited for, so that a caller with a lease knows how long it
 * takes: a call whose answer was lost is not repeated (its writes are `unknown`), and of a batch that is
 * too large one half is sent while the other half is left for later (`again`).
 *
 * @param prepared requests, or the problem that keeps one from being sent
 * @throws DataverseProblem of kind `throttled` or `setUp`; Cancelled
 */
export async function writeMany(
	client: Dataverse,
	prepared: Array<BatchRequest | DataverseProblem>,
): Promise<WriteResult[]> {
	const sendable = prepared.filter(
		(entry): entry is BatchRequest => !(entry instanceof DataverseProblem),
	);
	const impatient = { ...client, patience: { ...client.patience, attempts: 1 } };
	const results = await sendWhatFits(impatient, sendable);
	assertSomethingAllowed(results);
	let next = 0;
	return prepared.map((entry) =>
		entry instanceof DataverseProblem ? { problem: entry } : results[next++]!,
	);
}

/** A request, or why it cannot be one: a value that does not fit is the row's problem, not the call's. */
export function prepared(request: () => BatchRequest): BatchRequest | DataverseProblem {
	try {
		return request();
	} catch (error) {
		if (error instanceof DataverseProblem) return error;
		throw error;
	}
}

async function sendWhatFits(client: Dataverse, requests: BatchRequest[]): Promise<WriteResult[]> {
	if (requests.length === 0) return [];
	try {
		const answers = await sendBatch(client, requests, 'once');
		return answers.map((answer): WriteResult => {
			if (!answer) return { problem: lost('The answer of Dynamics 365 was cut off') };
			if (answer.status >= 300) return { problem: readProblem(answer, client.wire.now()) };
			return answer.status === 204 ? {} : { row: rowIn(answer) };
		});
	} catch (error) {
		if (!(error instanceof DataverseProblem)) throw error;
		if (error.kind === 'tooLarge' && requests.length > 1) {
			const middle = Math.ceil(requests.length / 2);
			const sent = await sendWhatFits(client, requests.slice(0, middle));
			return [...sent, ...requests.slice(middle).map(() => ({ problem: leftForLater(error) }))];
		}
		if (error.kind === 'throttled' || error.kind === 'setUp') throw error;
		return requests.map(() => ({ problem: error }));
	}
}

/**
 * Where every row was refused for a missing privilege, the set-up is wrong and not the rows. A single row
 * may be out of reach for its owner's sake alone, so it has to be all of several.
 */
function assertSomethingAllowed(results: WriteResult[]): void {
	const problems = results.flatMap((result) => ('problem' in result ? [result.problem] : []));
	const first = problems[0];
	if (!first || results.length < 2 || problems.length < results.length) return;
	if (problems.every(({ kind, reason }) => kind === 'setUp' && reason === first.reason))
		throw first;
}

function leftForLater(tooLarge: DataverseProblem): DataverseProblem {
	return new DataverseProblem({ ...tooLarge, kind: 'again' });
}

function lost(reason: string): DataverseProblem {
	return new DataverseProblem({
		kind: 'unknown',
		status: 0,
		code: '',
		reason,
		remedy: 'Check whether the change was made before you repeat it',
	});
}
