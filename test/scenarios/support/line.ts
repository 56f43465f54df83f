import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseBody } from '../../../apis/wire/json';
import { noAnswerFor } from '../../../apis/wire/noAnswer';
import { UNPACED } from '../../../apis/wire/pace';
import { withQuery } from '../../../apis/wire/queryString';
import { NoAnswer, type Wire, type WireAnswer, type WireRequest } from '../../../apis/wire/wire';
import type { WorldClock } from './clock';

/** What a call of the sync takes, milliseconds. */
const CALL_MS = 50;

/** What happens on the way: changes the request or the answer, does something before or after, or loses it. */
export type Bend = (request: WireRequest, send: (request: WireRequest) => Promise<WireAnswer>) => Promise<WireAnswer>;

/** A call, as matched by bends and listed in a run: `POST /rest/v1/leads.json {"action":…`. */
export type Match = string | RegExp;

/** The sync's own line to one vendor: real HTTP, signed in, without n8n. Can be bent, and counts its calls. */
export class Line {
	/** Every call since the start, without sign-ins: `GET /rest/v1/activities.json`. */
	readonly calls: string[] = [];
	private readonly bends = new Set<{ match: Match; bend: Bend; times: number }>();
	private readonly agent = new Agent({ keepAlive: true });
	private token: Promise<string> | undefined;

	constructor(
		private readonly clock: WorldClock,
		/** What a path is put behind. */
		private readonly baseUrl: string,
		/** Answers an access token. */
		private readonly signIn: (post: (request: WireRequest) => Promise<WireAnswer>) => Promise<string>,
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
		const { pathname } = new URL(request.url, this.baseUrl);
		this.calls.push(`${request.method} ${pathname}`);
		this.clock.advance(CALL_MS);
		const rule = this.bendFor(request);
		if (!rule) return await this.signedIn(request);
		if (--rule.times === 0) this.bends.delete(rule);
		return await rule.bend(request, async (bent) => await this.signedIn(bent));
	}

	private bendFor({ method, url, query, body }: WireRequest) {
		const content = typeof body === 'string' ? body : JSON.stringify(body ?? '');
		const shown = `${method} ${withQuery(url, query)} ${content}`;
		return [...this.bends].find(({ match }) => (typeof match === 'string' ? shown.includes(match) : match.test(shown)));
	}

	/** A token that has ended is renewed and the call sent once more, as n8n does. */
	private async signedIn(request: WireRequest): Promise<WireAnswer> {
		const answer = await this.withToken(request);
		if (answer.status !== 401) return answer;
		this.token = undefined;
		return await this.withToken(request);
	}

	private async withToken(request: WireRequest): Promise<WireAnswer> {
		this.token ??= this.signIn(async (post) => await this.exchange(post));
		return await this.exchange({ ...request, headers: { ...request.headers, Authorization: `Bearer ${await this.token}` } });
	}

	private async exchange({ method, url, query, headers, body }: WireRequest): Promise<WireAnswer> {
		const isJson = typeof body === 'object';
		const sent = isJson ? JSON.stringify(body) : body;
		return await new Promise((resolve, reject) => {
			const call = httpRequest(withQuery(new URL(url, this.baseUrl).href, query), {
				method,
				agent: this.agent,
				headers: { ...(isJson && { 'Content-Type': 'application/json' }), ...(sent !== undefined && { 'Content-Length': Buffer.byteLength(sent) }), ...headers },
			});
			const lost = (error: NodeJS.ErrnoException) => reject(noAnswerFor(error));
			call.on('error', lost);
			call.on('response', (answer) => {
				const heads = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
				text(answer).then((whole) => resolve({ status: answer.statusCode!, headers: heads, body: parseBody(whole) }), lost);
			});
			call.end(sent);
		});
	}
}

/** The call takes effect, and its answer is lost. */
export const loseAnswer: Bend = async (request, send) => {
	await send(request);
	throw new NoAnswer('The connection was reset', 'maybe', 'ECONNRESET');
};
