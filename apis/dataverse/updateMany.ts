import { withQuery } from '../wire/queryString';
import type { Dataverse } from './client';
import type { DataverseTable } from './metadata/table';
import { prefer, rowPath } from './odata';
import { DataverseProblem } from './problem';
import { readProblem } from './readProblem';
import { rowIn, type Row } from './row';
import { sendBatch, type BatchRequest } from './sendBatch';
import { writeBody } from './values/body';

export interface RowUpdate {
	table: DataverseTable;
	id: string;
	/** Row version for `If-Match`, verbatim. */
	version: string;
	/** By logical column name; null clears. */
	values: Record<string, unknown>;
}

/** The stored row (written columns, `modifiedon`, row version), or why the update did not happen. */
export type UpdateResult = { row?: Row } | { problem: DataverseProblem };

/**
 * Updates rows in one `$batch`, each on its own row version, one result per update in their order. What a
 * single row is refused for is a result; only what stops the whole call is thrown.
 *
 * At most one call takes effect and nothing is waited for, so that a caller with a lease knows how long it
 * takes: a call whose answer was lost is not repeated (its updates are `unknown`), and of a batch that is
 * too large one half is sent while the other half is left for later (`again`).
 *
 * @throws DataverseProblem of kind `throttled` or `setUp`; Cancelled
 */
export async function updateMany(client: Dataverse, updates: RowUpdate[]): Promise<UpdateResult[]> {
	const prepared = updates.map(prepare);
	const sendable = prepared.filter((entry): entry is BatchRequest => !(entry instanceof DataverseProblem));
	const impatient = { ...client, patience: { ...client.patience, attempts: 1 } };
	const results = await sendWhatFits(impatient, sendable);
	assertSomethingAllowed(results);
	let next = 0;
	return prepared.map((entry) =>
		entry instanceof DataverseProblem ? { problem: entry } : results[next++]!,
	);
}

function prepare(update: RowUpdate): BatchRequest | DataverseProblem {
	try {
		const { body, select } = writeBody(update.table, update.values, 'update');
		return {
			method: 'PATCH',
			path: withQuery(rowPath(update.table.set, update.id), {
				$select: [...new Set([...select, 'modifiedon'])].join(','),
			}),
			headers: { 'If-Match': update.version, ...prefer('return=representation') },
			body,
		};
	} catch (error) {
		if (error instanceof DataverseProblem) return error;
		throw error;
	}
}

async function sendWhatFits(client: Dataverse, requests: BatchRequest[]): Promise<UpdateResult[]> {
	if (requests.length === 0) return [];
	try {
		const answers = await sendBatch(client, requests, 'once');
		return answers.map((answer): UpdateResult => {
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
function assertSomethingAllowed(results: UpdateResult[]): void {
	const problems = results.flatMap((result) => ('problem' in result ? [result.problem] : []));
	const first = problems[0];
	if (!first || results.length < 2 || problems.length < results.length) return;
	if (problems.every(({ kind, reason }) => kind === 'setUp' && reason === first.reason)) throw first;
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
		remedy: 'Look whether the change is there before repeating it',
	});
}
