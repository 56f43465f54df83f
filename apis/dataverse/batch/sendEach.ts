import { inChunks } from '../../../lists/inChunks';
import type { WireAnswer } from '../../wire/wire';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { sendBatch, type BatchRequest } from './sendBatch';

/** What became of one request. */
export type Done = { answer: WireAnswer } | { problem: DataverseProblem };

/** Dataverse gives up after two minutes, and every part may set off plug-ins. */
const PER_BATCH = 100;

/** How often parts that were turned away for the moment are sent. */
const ROUNDS = 4;

/** How long to wait where Dataverse does not say. */
const PAUSE_MS = 2_000;

/**
 * Sends requests in batches of 100; every request gets its own outcome, in their order. Only for requests
 * that may be sent twice: what was turned away for the moment, and what was cut off, is sent again.
 *
 * @throws Cancelled
 */
export async function sendEach(client: Dataverse, requests: BatchRequest[]): Promise<Done[]> {
	const done: Done[] = [];
	for (const batch of inChunks(requests, PER_BATCH))
		done.push(...(await sendPatiently(client, batch)));
	return done;
}

async function sendPatiently(client: Dataverse, requests: BatchRequest[]): Promise<Done[]> {
	const done = await sendOnce(client, requests);
	for (let round = 1; round < ROUNDS; round++) {
		const open = [...done.keys()].filter((index) => mayPass(done[index]!));
		if (open.length === 0) break;
		await client.wire.sleep(pauseAfter(open.map((index) => done[index]!)));
		const again = await sendOnce(
			client,
			open.map((index) => requests[index]!),
		);
		for (const [at, index] of open.entries()) done[index] = again[at]!;
	}
	return done;
}

async function sendOnce(client: Dataverse, requests: BatchRequest[]): Promise<Done[]> {
	try {
		const answers = await sendBatch(client, requests, 'repeatable');
		return answers.map((answer): Done => {
			if (!answer) return { problem: cutOff() };
			return answer.status < 300 ? { answer } : { problem: readProblem(answer, client.wire.now()) };
		});
	} catch (error) {
		if (!(error instanceof DataverseProblem)) throw error;
		if (error.kind !== 'tooLarge' || requests.length < 2) {
			// The call itself was repeated where that helps; its parts are not sent once more.
			return requests.map(() => ({ problem: asFinal(error) }));
		}
		const middle = Math.ceil(requests.length / 2);
		return [
			...(await sendOnce(client, requests.slice(0, middle))),
			...(await sendOnce(client, requests.slice(middle))),
		];
	}
}

const final = new WeakSet<DataverseProblem>();

function asFinal(problem: DataverseProblem): DataverseProblem {
	final.add(problem);
	return problem;
}

function mayPass(done: Done): boolean {
	if (!('problem' in done) || final.has(done.problem)) return false;
	return ['throttled', 'again', 'unknown'].includes(done.problem.kind);
}

function pauseAfter(open: Done[]): number {
	return Math.max(
		PAUSE_MS,
		...open.map((done) => ('problem' in done ? (done.problem.retryAfterMs ?? 0) : 0)),
	);
}

function cutOff(): DataverseProblem {
	return new DataverseProblem({
		kind: 'unknown',
		status: 0,
		code: '',
		reason: 'The answer of Dynamics 365 was cut off',
		remedy: 'Run it again: what was done already is not done twice',
	});
}
