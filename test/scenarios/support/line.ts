import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseBody } from '../../../apis/wire/json';
import { noAnswerFor } from '../../../apis/wire/noAnswer';
import { withQuery } from '../../../apis/wire/queryString';
import {
	NoAnswer,
	UNPACED,
	type Wire,
	type WireAnswer,
	type WireRequest,
} from '../../../apis/wire/wire';
import type { WorldClock } from './clock';

/** As n8n's credentials do: a token that ends within this time is renewed before the call. */
const RENEW_BEFORE_END_MS = 60_000;

/** What a call of the sync takes, milliseconds. */
const CALL_MS = 50;

/** What happens on the way: changes the request or the answer, does something before or after, or loses it. */
export type Bend = (
	request: WireRequest,
	send: (request: WireRequest) => Promise<WireAnswer>,
) => Promise<WireAnswer>;

/** What stands in a call, its query and body included: `POST leads.json {"action":…`. */
export type Match = string | RegExp;

const API_ROOT = /^\/(api\/data\/v[\d.]+|rest\/v1)\//;
/** The operations in a batch: `PATCH /api/data/v9.2/leads(…) HTTP/1.1`. */
const OPERATION = /^(GET|PATCH|POST|PUT|DELETE) .* HTTP\/1\.1\r?$/gm;

export interface Token {
	text: string;
	/** Milliseconds since 1970. */
	endsAt: number;
}

/** The sync's own line to one vendor: real HTTP, signed in, without n8n. Can be bent, and counts its calls. */
export class Line {
	/** Every call since the start, without sign-ins: `GET activities.json`, `POST $batch (2 PATCH)`. */
	readonly calls: string[] = [];
	private readonly bends = new Set<{ match: Match; bend: Bend; times: number }>();
	private readonly agent = new Agent({ keepAlive: true });
	private token: Promise<Token> | undefined;

	constructor(
		private readonly clock: WorldClock,
		/** What a path is put behind. */
		private readonly baseUrl: string,
		private readonly signIn: (
			post: (request: WireRequest) => Promise<WireAnswer>,
		) => Promise<Token>,
	) {}

	/** Bends the next call that matches, or the next `times` ones. Answers how to take the bend back. */
	bend(match: Match, bend: Bend, times = 1): () => void {
		const rule = { match, bend, times };
		this.bends.add(rule);
		return () => void this.bends.delete(rule);
	}

	/** Waits cost no real time: they move the clock. */
	get wire(): Wire {
		return {
			send: async (request, { freshToken = false } = {}) => {
				if (freshToken) this.token = undefined;
				return await this.call(request);
			},
			now: () => this.clock.now(),
			sleep: async (milliseconds) => this.clock.advance(milliseconds),
			random: () => 0.5,
			pace: UNPACED,
		};
	}

	close(): void {
		this.agent.destroy();
	}

	private async call(request: WireRequest): Promise<WireAnswer> {
		this.calls.push(nameOf(request));
		this.clock.advance(CALL_MS);
		const rule = this.bendFor(request);
		if (!rule) return await this.signedIn(request);
		if (--rule.times === 0) this.bends.delete(rule);
		return await rule.bend(request, async (bent) => await this.signedIn(bent));
	}

	private bendFor(request: WireRequest) {
		const { url, query, body } = request;
		const content = typeof body === 'string' ? body : JSON.stringify(body ?? '');
		const shown = `${nameOf(request)} ${new URL(withQuery(url, query), this.baseUrl).search} ${content}`;
		return [...this.bends].find(({ match }) =>
			typeof match === 'string' ? shown.includes(match) : match.test(shown),
		);
	}

	/** A token that has ended is renewed and the call sent once more, as n8n does. */
	private async signedIn(request: WireRequest): Promise<WireAnswer> {
		const answer = await this.withToken(request);
		if (answer.status !== 401) return answer;
		this.token = undefined;
		return await this.withToken(request);
	}

	private async withToken(request: WireRequest): Promise<WireAnswer> {
		const known = await this.token;
		if (!known || known.endsAt - this.clock.now() < RENEW_BEFORE_END_MS)
			this.token = this.signIn(async (post) => await this.exchange(post));
		const { text: token } = (await this.token)!;
		return await this.exchange({
			...request,
			headers: { ...request.headers, Authorization: `Bearer ${token}` },
		});
	}

	private async exchange({ method, url, query, headers, body }: WireRequest): Promise<WireAnswer> {
		const isJson = typeof body === 'object';
		const sent = isJson ? JSON.stringify(body) : body;
		return await new Promise((resolve, reject) => {
			const call = httpRequest(withQuery(new URL(url, this.baseUrl).href, query), {
				method,
				agent: this.agent,
				headers: {
					...(isJson && { 'Content-Type': 'application/json' }),
					...(sent !== undefined && { 'Content-Length': Buffer.byteLength(sent) }),
					...headers,
				},
			});
			const lost = (error: NodeJS.ErrnoException) => reject(noAnswerFor(error));
			call.on('error', lost);
			call.on('response', (answer) => {
				const heads = Object.fromEntries(
					Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
				);
				text(answer).then(
					(whole) =>
						resolve({ status: answer.statusCode!, headers: heads, body: parseBody(whole) }),
					lost,
				);
			});
			call.end(sent);
		});
	}
}

/** `GET activities.json`, `POST $batch (2 PATCH)`. Long questions go as a form, and still read. */
export function nameOf({ method, url, query, body }: WireRequest): string {
	const path = new URL(url, 'http://vendor').pathname.replace(API_ROOT, '');
	const name = `${query?._method ?? method} ${path}`;
	if (path !== '$batch') return name;
	const operations = [...String(body).matchAll(OPERATION)].map(([, one]) => one);
	const counts = [...new Set(operations)].map(
		(one) => `${operations.filter((other) => other === one).length} ${one}`,
	);
	return `${name} (${counts.join(', ')})`;
}

/** Whether a call may have changed something. */
export function isWrite(call: string): boolean {
	return call.startsWith('POST $batch') ? /\d (?!GET)/.test(call) : !call.startsWith('GET');
}

/** The call takes effect, and its answer is lost. */
export const loseAnswer: Bend = async (request, send) => {
	await send(request);
	throw new NoAnswer('The connection was reset', 'maybe', 'ECONNRESET');
};
