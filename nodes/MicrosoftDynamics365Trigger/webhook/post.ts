import type { IncomingHttpHeaders } from 'node:http';

import { isObject } from '../../../apis/wire/json';

/** A request as n8n hands it over: its body is read when somebody asks for it. */
export interface IncomingPost {
	headers: IncomingHttpHeaders;
	rawBody?: Buffer;
	readRawBody?(): Promise<void>;
	/** Parsed, where n8n has read it already. */
	body?: unknown;
}

/** Above 256 KB Dataverse leaves the details out, so nothing of it is larger than this. */
export const LARGEST_BODY = 1024 * 1024;

/** The JSON of a post, or the HTTP status with which to refuse it. */
export async function jsonOf(
	request: IncomingPost,
): Promise<{ json: unknown } | { refusal: number }> {
	if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return { refusal: 413 };
	if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
		return { refusal: 415 };
	if (!request.rawBody && request.readRawBody) {
		const readable = await request.readRawBody().then(
			() => true,
			() => false,
		);
		if (!readable) return { refusal: 400 };
	}
	if (!request.rawBody) return isObject(request.body) ? { json: request.body } : { refusal: 400 };
	if (request.rawBody.length > LARGEST_BODY) return { refusal: 413 };
	try {
		return { json: JSON.parse(request.rawBody.toString('utf8').replace(/^\uFEFF/, '')) as unknown };
	} catch {
		return { refusal: 400 };
	}
}
