import type { Person } from '../people/person';
import { invocationBody, parametersFor } from './invocation';
import type { Chunk, OpenChunks } from './openChunks';
import { callOutside, type NoAnswer, type OutsideAnswer } from './outside';
import { pause } from './pace';
import { close, type StepReport } from './report';
import { addressOf, type FlowService } from './service';
import { serviceLog } from './serviceLog';
import type { StepContext } from './stepContext';

/**
 * Sends people to a service and waits for its callback, or until the wait is over. Ends the reports.
 * What met 429, 5xx or no answer is sent again, the same body, after a wait that doubles.
 */
export async function callService(
	service: FlowService,
	people: readonly Person[],
	reports: ReadonlyMap<number, StepReport>,
	given: Readonly<Record<string, unknown>>,
	batchid: string,
	chunks: OpenChunks,
	context: StepContext,
): Promise<void> {
	const settled = new AbortController();
	const chunk = chunks.open({
		service,
		context,
		reports,
		parameters: new Map(people.map((person) => [person.id, parametersFor(given, context, person)])),
		settle: () => settled.abort(),
	});
	const body = JSON.stringify(invocationBody(chunk, people, batchid));
	const failure = await submit(chunk, body, settled.signal);
	if (failure === undefined) {
		await pause(context.behaviour.callbackWaitMs, AbortSignal.any([settled.signal, context.stop]));
	}
	if (chunk.closed) return;
	chunk.closed = 'expired';
	if (context.stop.aborted) return;
	const error = failure ?? `No callback within ${context.behaviour.callbackWaitMs} ms`;
	for (const report of reports.values()) close(report, failure ? 'failed' : 'timed out', { error });
}

/** @returns why the service did not take the invocation; undefined when it did */
async function submit(
	chunk: Chunk,
	body: string,
	settled: AbortSignal,
): Promise<string | undefined> {
	const { context, service, reports } = chunk;
	const { submitRetries, submitBackoffMs } = context.behaviour;
	for (let attempt = 0; ; attempt++) {
		const answer = await context.slots.within(async () => await send(chunk, body));
		for (const report of reports.values()) report.httpStatuses.push(answer.status);
		// Who calls back has taken the invocation, whatever became of the HTTP answer.
		if (answer.status === 201 || chunk.closed || context.stop.aborted) return undefined;
		const why = answer.answered ? `/submitAsyncAction answered HTTP ${answer.status}` : answer.why;
		const hint = answer.status >= 200 && answer.status < 300 ? '; 201 means accepted' : '';
		serviceLog(service, 'ERROR', why + hint, context.now(), String(answer.status));
		const passing = answer.status === 0 || answer.status === 429 || answer.status >= 500;
		if (!passing || attempt >= submitRetries) return why + hint;
		const wait = Math.max(submitBackoffMs * 2 ** attempt, retryAfterMs(answer));
		await pause(wait, AbortSignal.any([settled, context.stop]));
		if (chunk.closed || context.stop.aborted) return undefined;
	}
}

async function send(
	{ service, context, reports }: Chunk,
	body: string,
): Promise<OutsideAnswer | NoAnswer> {
	const { url, headers } = addressOf(service, '/submitAsyncAction');
	const start = Date.now();
	for (const report of reports.values()) report.calledAt ??= start;
	const answer = await callOutside({
		method: 'POST',
		url,
		headers: { ...service.headers, ...headers, 'Content-Type': 'application/json' },
		body,
		timeoutMs: context.behaviour.submitTimeoutMs,
		stop: context.stop,
	});
	for (const report of reports.values()) report.httpMs = Date.now() - start;
	return answer;
}

function retryAfterMs(answer: OutsideAnswer | NoAnswer): number {
	if (!answer.answered) return 0;
	return (Number(answer.headers.get('retry-after')) || 0) * 1000;
}
