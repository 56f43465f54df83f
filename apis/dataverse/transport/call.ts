import { mayPass } from '../../wire/noAnswer';
import { withQuery } from '../../wire/queryString';
import { repeat, type Attempt, type Verdict } from '../../wire/repeat';
import { isSignInFailed } from '../../wire/signIn';
import { NoAnswer, type WireAnswer, type WireRequest } from '../../wire/wire';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { problemWithoutAnswer, readProblem } from '../errors/readProblem';

/**
 * What may happen to a request when its first answer is lost.
 * `repeatable`: doing it twice is the same as doing it once. `once`: only repeated where the first try
 * surely had no effect.
 */
export type Safety = 'repeatable' | 'once';

export interface Call {
	method: WireRequest['method'];
	/** Relative to the root of the Web API, or an absolute link of an earlier answer. */
	path: string;
	query?: WireRequest['query'];
	headers?: Record<string, string>;
	body?: string | object;
	safety: Safety;
}

/** Headers that the Web API expects on every request. */
export const ODATA_HEADERS: Readonly<Record<string, string>> = {
	Accept: 'application/json',
	'OData-Version': '4.0',
	'OData-MaxVersion': '4.0',
};

/**
 * Makes one call: waits for its turn in the budget, sends, repeats where that is safe and useful, and
 * gives back the successful answer.
 *
 * @throws DataverseProblem for everything else; Cancelled
 */
export async function call(client: Dataverse, request: Call): Promise<WireAnswer> {
	const { wire } = client;
	let answer: WireAnswer;
	try {
		answer = await repeat(
			wire,
			async () => {
				await wire.pace.take();
				return await wire.send({
					method: request.method,
					url: withQuery(absolute(client, request.path), request.query),
					headers: { ...ODATA_HEADERS, ...request.headers },
					body: request.body,
					timeoutMs: client.timeoutMs,
				});
			},
			(attempt) => verdictOn(attempt, request.safety, wire.now()),
			client.patience,
		);
	} catch (error) {
		throw asProblem(error, request);
	}
	if (answer.status >= 200 && answer.status < 300) return answer;
	throw inContext(readProblem(answer, wire.now()), request);
}

function asProblem(error: unknown, request: Call): unknown {
	if (error instanceof NoAnswer) return inContext(problemWithoutAnswer(error), request);
	if (!isSignInFailed(error)) return error;
	return new DataverseProblem({
		kind: 'setUp',
		status: 401,
		code: '',
		reason: error.reason,
		remedy: error.remedy,
	});
}

/** A read leaves nothing behind, so a lost answer is only a reason to ask again. */
function inContext(problem: DataverseProblem, request: Call): DataverseProblem {
	if (request.method !== 'GET' || problem.kind !== 'unknown') return problem;
	return new DataverseProblem({
		...problem,
		kind: 'again',
		remedy: 'Try again later; if it persists, check the service health of Dynamics 365',
	});
}

function absolute(client: Dataverse, path: string): string {
	return /^https?:\/\//i.test(path) ? path : client.root + path;
}

function verdictOn(attempt: Attempt<WireAnswer>, safety: Safety, now: number): Verdict {
	if ('noAnswer' in attempt) {
		const { noAnswer } = attempt;
		const again = mayPass(noAnswer) && (safety === 'repeatable' || noAnswer.reachedServer === 'no');
		return { again };
	}
	if (attempt.answer.status < 300) return { again: false };
	const problem = readProblem(attempt.answer, now);
	if (problem.kind === 'throttled' || problem.kind === 'again') {
		return { again: true, afterMs: problem.retryAfterMs };
	}
	const passing = [500, 502, 503, 504].includes(problem.status) && problem.kind === 'unknown';
	if (passing && safety === 'repeatable') return { again: true, afterMs: problem.retryAfterMs };
	return { again: false };
}
