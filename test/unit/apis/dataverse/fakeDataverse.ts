import { dataverse, type Dataverse } from '../../../../apis/dataverse/client';
import type { WireAnswer, WireRequest } from '../../../../apis/wire/wire';

type Scripted =
	| Partial<WireAnswer>
	| Error
	| ((request: WireRequest) => Partial<WireAnswer> | Error);

export interface Fake {
	client: Dataverse;
	requests: WireRequest[];
	/** Milliseconds slept, in order. */
	waits: number[];
	/** How often a turn in the call budget was taken. */
	turns: () => number;
}

export const ORIGIN = 'https://contoso.crm4.dynamics.com';
export const ROOT = `${ORIGIN}/api/data/v9.2/`;

/** A client whose answers are scripted one by one; an unexpected request fails the test. */
export function fake(...script: Scripted[]): Fake {
	const requests: WireRequest[] = [];
	const waits: number[] = [];
	let turns = 0;
	let now = Date.parse('2026-01-01T00:00:00Z');
	const client = dataverse(
		{
			send: async (request) => {
				requests.push(request);
				const next = script.shift();
				if (next === undefined) throw new Error(`Unexpected ${request.method} ${request.url}`);
				const answer = typeof next === 'function' ? next(request) : next;
				if (answer instanceof Error) throw answer;
				return { status: 200, headers: {}, body: {}, ...answer };
			},
			now: () => now,
			sleep: async (milliseconds) => {
				waits.push(milliseconds);
				now += milliseconds;
			},
			random: () => 0.5,
			pace: {
				take: async () => {
					turns++;
				},
			},
		},
		ORIGIN,
	);
	return { client, requests, waits, turns: () => turns };
}

/** An error body as Dataverse writes it. */
export function failure(status: number, code: string, message: string): Partial<WireAnswer> {
	return { status, body: { error: { code, message } } };
}

/** A batch answer out of parts, as Dataverse writes it. */
export function batchAnswer(
	...parts: Array<{ status: number; body?: unknown }>
): Partial<WireAnswer> {
	const boundary = 'batchresponse_f44bd09d';
	const text = parts
		.map(({ status, body }) =>
			[
				`--${boundary}`,
				'Content-Type: application/http',
				'Content-Transfer-Encoding: binary',
				'',
				`HTTP/1.1 ${status} X`,
				...(body === undefined ? [] : ['Content-Type: application/json; odata.metadata=minimal']),
				'OData-Version: 4.0',
				'',
				body === undefined ? '' : JSON.stringify(body),
			].join('\r\n'),
		)
		.join('\r\n');
	return {
		headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
		body: `${text}\r\n--${boundary}--\r\n`,
	};
}
