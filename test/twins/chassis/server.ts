import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAdmin, type AdminExtensions } from './admin';
import { CallLog } from './callLog';
import { TwinClock } from './clock';
import { Faults, type FaultRule } from './faults';
import { timeOfRecords, type Latency } from './latency';
import { seededRandom } from './random';
import type {
	InjectedFault,
	TwinContext,
	TwinHandler,
	TwinOperation,
	TwinRequest,
	TwinResponse,
} from './types';

export interface TwinOptions {
	readonly handler: TwinHandler;
	/** An error in the vendor's own shape; without code or status the vendor's usual one. */
	readonly vendorError: (fault: InjectedFault) => TwinResponse;
	/** 0 (default): a free port. */
	readonly port?: number;
	readonly seed?: number;
	/** A clock that others go by too; default: one of its own. */
	readonly clock?: TwinClock;
	/**
	 * Counts a call in before it takes any time (latency, injected delays), so that limits on calls
	 * at the same time can be kept. Gives an answer to refuse it, or what to do when it ends.
	 */
	readonly admit?: (request: TwinRequest) => TwinResponse | (() => void) | undefined;
	/** Added to every call of the vendor's API, milliseconds, until `POST latency` says otherwise. */
	readonly latencyMs?: number;
	/** Path with ids collapsed, for the counts; default: see `collapseIds`. */
	readonly endpointOf?: (request: TwinRequest) => string;
	/** Page of a paged read, from 1, for faults that match a page. */
	readonly pageOf?: (request: TwinRequest) => number | undefined;
	/** Makes tokens expire; false when it does not know what is meant. */
	readonly expire?: (what: string) => boolean;
	/** Puts the data back to the start. */
	readonly reset?: () => void;
	/** More paths under `/__twin/`. */
	readonly admin?: AdminExtensions;
}

/** A running twin. */
export interface Twin {
	readonly name: string;
	/** Without a trailing slash. */
	readonly url: string;
	readonly port: number;
	readonly calls: CallLog;
	readonly clock: TwinClock;
	readonly faults: Faults;
	close(): Promise<void>;
}

/** Addresses may be as long as the vendors take them, and are refused by their limits. */
const MAX_HEADER_BYTES = 128 * 1024;
const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** The answer of this call must be lost: the socket is cut. */
class ConnectionLost extends Error {}

/** What faults inside a call asked of the call as a whole. */
interface CallFate {
	readonly struck: Set<FaultRule>;
	loseAnswer: boolean;
	holdAnswer: boolean;
	replaceAnswer?: InjectedFault;
}

/**
 * Starts an HTTP server on 127.0.0.1 that answers with the handler and adds what every twin has:
 * a clock, a call log, injected faults and the admin API under `/__twin/`.
 */
export async function startTwin(name: string, options: TwinOptions): Promise<Twin> {
	const clock = options.clock ?? new TwinClock();
	const calls = new CallLog();
	const faults = new Faults();
	const random = seededRandom(options.seed ?? 1, name);
	const held = new Set<() => void>();
	const latency: Latency = { callMs: options.latencyMs ?? 0, recordMs: 0, writtenMs: 0 };
	let inFlight = 0;

	const release = (): number => {
		const count = held.size;
		for (const letGo of [...held]) letGo();
		return count;
	};

	/** Waits for a release; rejects when the client has gone. */
	const hold = async (socketOf: ServerResponse): Promise<void> =>
		await new Promise((resolve, reject) => {
			const done = (act: () => void) => {
				held.delete(letGo);
				socketOf.off('close', gone);
				act();
			};
			const letGo = () => done(resolve);
			const gone = () => done(() => reject(new ConnectionLost()));
			held.add(letGo);
			socketOf.on('close', gone);
		});

	/** Carries out what a fault says about the connection; gives back what it says about the answer. */
	const strike = async (
		rule: FaultRule,
		fate: CallFate,
		response: ServerResponse,
	): Promise<InjectedFault | undefined> => {
		if (rule.delayMs > 0) await sleep(rule.delayMs);
		if (rule.drop) throw new ConnectionLost();
		const replaces = rule.status !== undefined || rule.code !== undefined;
		if (rule.afterEffect) {
			if (rule.hold) fate.holdAnswer = true;
			else if (replaces) fate.replaceAnswer = rule;
			else fate.loseAnswer = true;
			return undefined;
		}
		if (rule.hold) await hold(response);
		return replaces ? rule : undefined;
	};

	const answerCall = async (request: TwinRequest, response: ServerResponse): Promise<void> => {
		const endpoint = options.endpointOf?.(request) ?? collapseIds(request.path);
		const entry = calls.add(request, endpoint, clock.now());
		const fate: CallFate = { struck: new Set(), loseAnswer: false, holdAnswer: false };
		const page = options.pageOf?.(request);
		const context: TwinContext = {
			now: () => clock.now(),
			random,
			inFlight: () => inFlight,
			fault: async (operation: TwinOperation) => {
				if (!faults.armed) return undefined;
				const target = {
					method: operation.method ?? request.method,
					path: operation.path ?? request.path,
					...(operation.query !== undefined && { query: operation.query }),
					...(operation.id !== undefined && { id: operation.id }),
					...(page !== undefined && { page }),
				};
				const rule = faults.take(target, fate.struck);
				return rule && (await strike(rule, fate, response));
			},
			logPart: (part) => {
				(entry.parts ??= []).push(part);
			},
		};
		const admitted = options.admit?.(request);
		if (typeof admitted === 'object') {
			entry.status = admitted.status;
			send(request, response, admitted);
			return;
		}
		inFlight++;
		try {
			if (latency.callMs > 0) await sleep(latency.callMs);
			const whole = faults.take({
				method: request.method,
				path: request.path,
				query: request.rawQuery,
				...(page !== undefined && { page }),
			});
			if (whole) fate.struck.add(whole);
			const fault = whole && (await strike(whole, fate, response));
			const answer = fault
				? withRetryAfter(options.vendorError(fault), fault)
				: await options.handler(request, context);
			if (answer.records !== undefined) entry.records = answer.records;
			const more = timeOfRecords(latency, request, answer.records ?? 0, entry.parts);
			if (more > 0) await sleep(more);
			if (fate.holdAnswer) await hold(response);
			if (fate.loseAnswer) throw new ConnectionLost();
			const replaced = fate.replaceAnswer
				? withRetryAfter(options.vendorError(fate.replaceAnswer), fate.replaceAnswer)
				: answer;
			entry.status = replaced.status;
			send(request, response, replaced);
		} finally {
			inFlight--;
			admitted?.();
		}
	};

	const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
		const request = await readRequest(message);
		allowPages(request, response);
		if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
			send(request, response, { status: 204 });
		} else if (request.path === '/__twin' || request.path.startsWith('/__twin/')) {
			const answer = await answerAdmin(request, {
				name,
				calls,
				clock,
				faults,
				latency,
				release,
				expire: options.expire ?? (() => false),
				resetData: options.reset ?? (() => {}),
				extensions: options.admin ?? {},
			});
			send(request, response, answer);
		} else {
			await answerCall(request, response);
		}
	};

	const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (message, response) => {
		serve(message, response).catch((error: unknown) => {
			if (error instanceof ConnectionLost) {
				message.socket.destroy();
			} else if (!response.headersSent) {
				const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
				const status = error instanceof BodyTooLarge ? 413 : 500;
				response.writeHead(status, { 'Content-Type': 'text/plain' });
				response.end(`The ${name} twin failed: ${text}`);
			} else {
				message.socket.destroy();
			}
		});
	});
	server.keepAliveTimeout = 65_000;
	server.requestTimeout = 0;
	const port = await listen(server, options.port ?? 0);
	return {
		name,
		url: `http://127.0.0.1:${port}`,
		port,
		calls,
		clock,
		faults,
		close: async () => {
			release();
			await new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			});
		},
	};
}

/**
 * A path with its ids taken out: numbers and GUIDs that are whole segments, and what stands in
 * parentheses.
 */
export function collapseIds(path: string): string {
	return path
		.replace(/\([^/]*?\)(?=\/|$)/g, '(...)')
		.replace(
			/\/(\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?=\.json|\/|$)/gi,
			'/...',
		);
}

class BodyTooLarge extends Error {}

async function readRequest(message: IncomingMessage): Promise<TwinRequest> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of message) {
		size += (chunk as Buffer).length;
		if (size > MAX_BODY_BYTES) throw new BodyTooLarge('body too large');
		chunks.push(chunk as Buffer);
	}
	const body = Buffer.concat(chunks);
	const target = message.url ?? '/';
	const mark = target.indexOf('?');
	const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
	return {
		method: message.method ?? 'GET',
		path: mark < 0 ? target : target.slice(0, mark),
		query: new URLSearchParams(rawQuery),
		rawQuery,
		headers: message.headers,
		body,
		origin: `http://${message.headers.host ?? '127.0.0.1'}`,
		params: {},
		text: () => body.toString('utf8'),
		json: () => JSON.parse(body.toString('utf8')) as unknown,
	};
}

function send(request: TwinRequest, response: ServerResponse, answer: TwinResponse): void {
	const { body } = answer;
	for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
	let bytes: Buffer | undefined;
	if (typeof body === 'string') bytes = Buffer.from(body, 'utf8');
	else if (Buffer.isBuffer(body)) bytes = body;
	else if (body !== undefined) {
		bytes = Buffer.from(JSON.stringify(body), 'utf8');
		if (!response.hasHeader('Content-Type')) {
			response.setHeader('Content-Type', 'application/json; charset=utf-8');
		}
	}
	if (bytes) response.setHeader('Content-Length', bytes.length);
	response.writeHead(answer.status);
	response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Lets the small page of one twin call the other one from the browser. */
function allowPages(request: TwinRequest, response: ServerResponse): void {
	if (!request.headers.origin) return;
	response.setHeader('Access-Control-Allow-Origin', '*');
	response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PATCH, PUT, DELETE, OPTIONS');
	response.setHeader(
		'Access-Control-Allow-Headers',
		request.headers['access-control-request-headers'] ?? '*',
	);
	response.setHeader('Access-Control-Expose-Headers', '*');
}

function withRetryAfter(answer: TwinResponse, fault: InjectedFault): TwinResponse {
	if (fault.retryAfter === undefined) return answer;
	return { ...answer, headers: { ...answer.headers, 'Retry-After': String(fault.retryAfter) } };
}

async function listen(server: Server, port: number): Promise<number> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => {
			server.off('error', reject);
			resolve();
		});
	});
	return (server.address() as AddressInfo).port;
}

async function sleep(milliseconds: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
