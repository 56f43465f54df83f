import type { CallLog } from './callLog';
import type { TwinClock } from './clock';
import type { Faults } from './faults';
import { changeLatency, type Latency } from './latency';
import type { TwinRequest, TwinResponse } from './types';

/**
 * What one twin adds under `/__twin/`: `POST limits` and the like. Keys are `METHOD name`, or
 * `METHOD name/*` for all paths below a name.
 */
export type AdminExtensions = Readonly<
	Record<string, (request: TwinRequest) => TwinResponse | Promise<TwinResponse>>
>;

export interface AdminParts {
	readonly name: string;
	readonly calls: CallLog;
	readonly clock: TwinClock;
	readonly faults: Faults;
	readonly latency: Latency;
	/** Lets held calls go on; says how many. */
	readonly release: () => number;
	readonly expire: (what: string) => boolean;
	readonly resetData: () => void;
	readonly extensions: AdminExtensions;
}

const DONE: TwinResponse = { status: 200, body: { ok: true } };

/** The admin API: what the vendor's own API cannot do. Not logged, not slowed, never failing by injection. */
export async function answerAdmin(request: TwinRequest, parts: AdminParts): Promise<TwinResponse> {
	const name = request.path.slice('/__twin/'.length);
	const key = `${request.method} ${name}`;
	const extension = parts.extensions[key] ?? parts.extensions[key.replace(/\/[^/]+$/, '/*')];
	try {
		if (extension) return await extension(request);
		return answerCommon(key, request, parts);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { status: 400, body: { ok: false, error: message } };
	}
}

function answerCommon(key: string, request: TwinRequest, parts: AdminParts): TwinResponse {
	switch (key) {
		case 'GET calls':
			return { status: 200, body: parts.calls.summary(selectionOf(request)) };
		case 'DELETE calls':
			parts.calls.clear();
			return DONE;
		case 'GET clock':
			return { status: 200, body: { now: new Date(parts.clock.now()).toISOString() } };
		case 'POST clock':
			parts.clock.advance(1000 * numberIn(request, 'advanceSeconds'));
			return DONE;
		case 'POST expire': {
			const what = bodyOf(request).what;
			if (typeof what !== 'string' || !parts.expire(what)) {
				throw new Error(`This twin cannot make ${JSON.stringify(what)} expire.`);
			}
			return DONE;
		}
		case 'GET latency':
			return { status: 200, body: { ...parts.latency } };
		case 'POST latency':
			changeLatency(parts.latency, bodyOf(request));
			return DONE;
		case 'GET fail':
			return { status: 200, body: { rules: parts.faults.list() } };
		case 'POST fail':
			parts.faults.add(request.json());
			return DONE;
		case 'DELETE fail':
			parts.faults.clear();
			return DONE;
		case 'POST release':
			return { status: 200, body: { ok: true, released: parts.release() } };
		case 'POST reset':
			parts.faults.clear();
			parts.release();
			parts.calls.clear();
			parts.clock.reset();
			if (bodyOf(request).keepData !== true) parts.resetData();
			return DONE;
		default:
			return {
				status: 404,
				body: { ok: false, error: `The ${parts.name} twin has no ${key} under /__twin/.` },
			};
	}
}

function bodyOf(request: TwinRequest): Record<string, unknown> {
	if (request.body.length === 0) return {};
	const body = request.json();
	if (body === null || typeof body !== 'object') throw new Error('The body is a JSON object.');
	return body as Record<string, unknown>;
}

function numberIn(request: TwinRequest, name: string): number {
	const value = Number(bodyOf(request)[name]);
	if (!Number.isFinite(value)) throw new Error(`${name} is a number.`);
	return value;
}

function selectionOf(request: TwinRequest) {
	const limit = request.query.get('limit');
	const path = request.query.get('path');
	return {
		...(limit !== null && { limit: Number(limit) }),
		...(path !== null && { path }),
		bodies: request.query.get('bodies') !== 'false',
	};
}
