import { createHash } from 'node:crypto';
import type { TwinContext, TwinRequest, TwinResponse } from '../../chassis';
import { pageNumber, type PagingTokens } from '../activities/pagingToken';
import { CallFailure, missing, type Reason } from '../errors';
import type { MarketoInstance } from '../instance';
import type { TwinBehaviour } from '../options';
import type { ApiClient } from './clients';
import type { Metering } from './limits';

/** What a service of the API answers with; the envelope is put around it. */
export interface Answer {
	/** Left out of the envelope when undefined. */
	readonly result?: readonly unknown[];
	readonly nextPageToken?: string;
	readonly moreResult?: boolean;
	readonly warnings?: readonly unknown[];
	/** How many records the call carried, for the call log. */
	readonly records?: number;
	/** An answer that is no JSON, in place of all that. */
	readonly raw?: TwinResponse;
}

/** One admitted call. */
export interface Call {
	/** The request; `_method` and a query in the form body are already worked in. */
	readonly request: TwinRequest;
	readonly context: TwinContext;
	readonly client: ApiClient;
	readonly requestId: string;
	/** Twin time, milliseconds. */
	readonly now: number;
	readonly instance: MarketoInstance;
	readonly behaviour: TwinBehaviour;
	readonly tokens: PagingTokens;
	readonly metering: Metering;
	/** What was injected for a record known by one of these ids, as the reason to skip it. */
	recordFault(...ids: readonly unknown[]): Promise<Reason | undefined>;
}

/** Most records, values and ids per call. */
export const MAX_BATCH = 300;

/**
 * The JSON body.
 * @throws CallFailure 612, 609
 */
export function jsonBody({ request }: Call): Record<string, unknown> {
	if (!/json/i.test(request.headers['content-type'] ?? '')) throw new CallFailure('612');
	let body: unknown;
	try {
		body = request.json();
	} catch {
		throw new CallFailure('609');
	}
	if (body === null || typeof body !== 'object' || Array.isArray(body))
		throw new CallFailure('609');
	return body as Record<string, unknown>;
}

/** The records of a body: an array of 1 to 300 objects under `input`. */
export function inputOf(body: Readonly<Record<string, unknown>>): Array<Record<string, unknown>> {
	const { input } = body;
	if (!Array.isArray(input) || input.length === 0) throw new CallFailure('1002', missing('input'));
	if (input.length > MAX_BATCH) {
		throw new CallFailure(
			'1003',
			`Too many records in input: ${input.length}, at most ${MAX_BATCH}`,
		);
	}
	if (
		input.some((record) => record === null || typeof record !== 'object' || Array.isArray(record))
	) {
		throw new CallFailure('609');
	}
	return input as Array<Record<string, unknown>>;
}

/** A parameter that must be there. */
export function requiredParameter({ request }: Call, name: string): string {
	const value = request.query.get(name);
	if (value === null || value.trim() === '') throw new CallFailure('1002', missing(name));
	return value;
}

/** Values of a parameter, comma-separated, repeated, or both; empty ones left out. */
export function listParameter({ request }: Call, name: string): string[] {
	return request.query
		.getAll(name)
		.flatMap((value) => value.split(','))
		.map((value) => value.trim())
		.filter((value) => value !== '');
}

/** Whole numbers of a list parameter. */
export function integerListParameter(call: Call, name: string): number[] {
	return listParameter(call, name).map((value) => toInteger(value));
}

/** @throws CallFailure 1001 */
export function toInteger(value: unknown): number {
	const number = typeof value === 'number' ? value : Number(String(value).trim() || NaN);
	if (!Number.isSafeInteger(number)) {
		throw new CallFailure('1001', `Invalid value '${String(value)}'. Required of type 'Integer'`);
	}
	return number;
}

/** Size of a page: at most 300, which is also the default. */
export function batchSize(call: Call): number {
	const value = call.request.query.get('batchSize');
	if (value === null || value === '') return MAX_BATCH;
	const size = toInteger(value);
	if (size < 1) throw new CallFailure('1003', `Invalid value '${value}' for batchSize`);
	return Math.min(size, MAX_BATCH);
}

/**
 * One page of a whole result, with a position token when there is more.
 * @param query what the token belongs to
 */
export function pageOf<T>(
	call: Call,
	query: string,
	all: readonly T[],
): { readonly page: T[]; readonly nextPageToken?: string } {
	const size = batchSize(call);
	const scope = createHash('sha1').update(query).digest('hex').slice(0, 12);
	const token = call.request.query.get('nextPageToken');
	const offset = token ? call.tokens.offset(scope, token) : 0;
	if (offset === undefined) throw invalidToken();
	const page = all.slice(offset, offset + size);
	if (offset + size >= all.length) return { page };
	return {
		page,
		nextPageToken: call.tokens.forOffset(scope, offset + size, pageNumber(token) + 1),
	};
}

export function invalidToken(): CallFailure {
	return new CallFailure('1003', 'Invalid value for nextPageToken');
}
