import type { Marketo } from '../../../../apis/marketo/client';
import { newMetadataCache } from '../../../../apis/marketo/metadataCache';
import type { WireAnswer, WireRequest } from '../../../../apis/wire/wire';

export const NOON = Date.UTC(2026, 0, 15, 12, 0, 0);

export interface SeenRequest extends WireRequest {
	freshToken: boolean;
}

type Reply = WireAnswer | Error;
type Handler = (request: SeenRequest, number: number) => Reply | Promise<Reply>;

/** An answer of Marketo's with HTTP 200. */
export function ok(body: object = {}): WireAnswer {
	return {
		status: 200,
		headers: {},
		body: { requestId: 'e42b#19bbe1a4400', success: true, ...body },
	};
}

/** A refusal of Marketo's, with HTTP 200 as nearly always. */
export function refused(code: string | number, message = ''): WireAnswer {
	return {
		status: 200,
		headers: {},
		body: { requestId: 'e42b#19bbe1a4400', success: false, errors: [{ code, message }] },
	};
}

export function http(
	status: number,
	body: unknown = '',
	headers: Record<string, string> = {},
): WireAnswer {
	return { status, headers, body };
}

export interface Fake {
	marketo: Marketo;
	calls: SeenRequest[];
	waits: number[];
	turns: () => number;
	clock: { now: number };
}

/** A subscription that answers by a list (in order) or by a function. */
export function fakeMarketo(replies: Reply[] | Handler): Fake {
	const calls: SeenRequest[] = [];
	const waits: number[] = [];
	const clock = { now: NOON };
	let turns = 0;
	const marketo: Marketo = {
		subscription: '123-ABC-456',
		metadata: newMetadataCache(),
		callsADay: 50_000,
		wire: {
			async send(request, { freshToken = false } = {}) {
				const seen = { ...request, freshToken };
				calls.push(seen);
				const reply =
					typeof replies === 'function'
						? await replies(seen, calls.length)
						: replies[calls.length - 1];
				if (reply === undefined) throw new Error(`Unexpected call ${calls.length}: ${request.url}`);
				if (reply instanceof Error) throw reply;
				return reply;
			},
			now: () => clock.now,
			async sleep(milliseconds) {
				waits.push(milliseconds);
				clock.now += milliseconds;
			},
			random: () => 0.5,
			pace: {
				async take() {
					turns++;
				},
			},
		},
	};
	return { marketo, calls, waits, turns: () => turns, clock };
}

const TYPES_ANSWER = ok({
	result: [
		{ id: 12, name: 'New Lead' },
		{ id: 13, name: 'Change Data Value' },
		{ id: 32, name: 'Merge Leads' },
		{ id: 37, name: 'Delete Lead' },
	],
});

export const FIELDS = [
	field(1, 'id', 'Id', 'integer'),
	field(2, 'email', 'Email Address', 'email', 255),
	field(29, 'firstName', 'First Name', 'string', 255),
	field(30, 'title', 'Job Title', 'string', 255),
	field(31, 'leadScore', 'Person Score', 'integer'),
	field(32, 'birthday', 'Birthday', 'date'),
	field(33, 'seenAt', 'Seen At', 'datetime'),
	field(34, 'unsubscribed', 'Unsubscribed', 'boolean'),
	field(35, 'rating', 'Computed Rating', 'formula'),
	field(36, 'createdAt', 'Created At', 'datetime', undefined, true),
];

function field(
	id: number,
	name: string,
	displayName: string,
	dataType: string,
	length?: number,
	readOnly = false,
) {
	return { id, displayName, dataType, ...(length ? { length } : {}), rest: { name, readOnly } };
}

/** Answers metadata by itself; everything else goes to the handler. */
export function withMetadata(handler: Handler): Handler {
	let others = 0;
	return (request) => {
		if (request.url.endsWith('/activities/types.json')) return TYPES_ANSWER;
		if (request.url.endsWith('/leads/describe.json')) return ok({ result: FIELDS });
		return handler(request, ++others);
	};
}
