import { timingSafeEqual } from 'node:crypto';
import type { TwinRequest, TwinResponse } from '../../chassis';
import { InvalidCallback, takeCallback } from '../campaigns/callback';
import { CALLBACK_PATH } from '../campaigns/invocation';
import { serviceLog } from '../campaigns/serviceLog';
import { isRecord } from '../campaigns/shape';
import type { MarketoInstance } from '../instance';
import { jsonResponse } from './envelope';

export function isFlowStepCallback(request: TwinRequest): boolean {
	return request.path.startsWith(CALLBACK_PATH);
}

/**
 * Where services report back. Neither an access token nor a limit of the REST API is about this; the
 * key is checked by a gateway in front, whose errors look different.
 */
export function answerFlowStepCallback(
	request: TwinRequest,
	instance: MarketoInstance,
): TwinResponse {
	if (request.method !== 'POST') return refuse(405, 'Only POST is taken here.');
	const chunk = instance.campaigns.chunks.get(request.path.slice(CALLBACK_PATH.length));
	if (!chunk) return refuse(404, 'Not found.');
	const { service, context } = chunk;
	const refused = (status: number, message: string): TwinResponse => {
		serviceLog(service, 'ERROR', `Callback refused: ${message}`, context.now(), String(status));
		return refuse(status, message);
	};
	const key = request.headers['x-api-key'];
	if (key === undefined) return gateway('403000', 'Api Key is required');
	if (!same(key, service.callbackKey)) return gateway('403003', 'Api Key is invalid');
	if (!same(request.headers['x-callback-token'], chunk.token)) {
		return refused(401, 'x-callback-token is not the token of this invocation.');
	}
	if (chunk.closed) {
		const why = chunk.closed === 'used' ? 'was used already' : 'has expired';
		return refused(401, `The token ${why}.`);
	}
	let body: unknown;
	try {
		body = request.json();
	} catch {
		return refused(400, 'The body is no JSON.');
	}
	if (!isRecord(body)) return refused(400, 'The body is no object.');
	if (body.munchkinId !== instance.munchkinId)
		return refused(400, `munchkinId is not ${instance.munchkinId}.`);
	if (body.token !== undefined && body.token !== chunk.token)
		return refused(401, 'token is another one.');
	try {
		takeCallback(chunk, body);
	} catch (error) {
		if (!(error instanceof InvalidCallback)) throw error;
		return refused(400, error.message);
	}
	return jsonResponse({ success: true });
}

function refuse(status: number, message: string): TwinResponse {
	return {
		...jsonResponse({ success: false, errors: [{ code: String(status), message }] }),
		status,
	};
}

function gateway(code: string, message: string): TwinResponse {
	return { ...jsonResponse({ error_code: code, message }), status: 403 };
}

function same(given: string | string[] | undefined, wanted: string): boolean {
	const one = Buffer.from(typeof given === 'string' ? given : '');
	const other = Buffer.from(wanted);
	return one.length === other.length && timingSafeEqual(one, other);
}
