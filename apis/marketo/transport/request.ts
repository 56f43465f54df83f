import { withQuery } from '../../wire/queryString';
import type { WireRequest } from '../../wire/wire';
import { LONGEST_QUERY_BYTES } from './limits';

type Query = Record<string, string | number | undefined>;

/** One call to Marketo's REST API, before it is put on the wire. */
export interface MarketoRequest {
	method: 'GET' | 'POST';
	/** Starts with `/rest/v1/` or `/bulk/v1/`. */
	path: string;
	query?: Query;
	headers?: Record<string, string>;
	/** A text goes as it is, with its own content type. */
	body?: object | string;
	/** The answer is a file; where there is none (404), nothing. */
	givesText?: boolean;
	timeoutMs: number;
	/** What the role of the API user must contain, in the words of Marketo's role editor. */
	permission: string;
	/**
	 * A `read` may be repeated at will. A `write` is repeated only where Marketo said that it did
	 * nothing; an answer that is lost or unclear is reported, never guessed at.
	 */
	effect: 'read' | 'write';
	/** The endpoint also takes its query as a form (`POST ?_method=GET`): people do. */
	takesForm?: boolean;
}

/**
 * The request as it goes on the wire. Marketo cuts addresses at 8 KB, so long queries go as a form
 * where the endpoint takes one (developer guide, "Lead database": `_method=GET`).
 */
export function toWire(request: MarketoRequest, asForm = isLong(request)): WireRequest {
	const { method, path, query, body, timeoutMs } = request;
	const headers = { Accept: 'application/json', ...request.headers };
	if (!asForm || !request.takesForm) return { method, url: path, headers, query, body, timeoutMs };
	return {
		method: 'POST',
		url: path,
		headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
		query: { _method: 'GET' },
		body: formBody(query ?? {}),
		timeoutMs,
	};
}

/** Bytes of a query as it will stand in the address. */
export function queryBytes(query: Query): number {
	return withQuery('', query).length;
}

function isLong({ query }: MarketoRequest): boolean {
	return query !== undefined && queryBytes(query) > LONGEST_QUERY_BYTES;
}

function formBody(query: Query): string {
	const form = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined) form.set(name, String(value));
	}
	return form.toString();
}
