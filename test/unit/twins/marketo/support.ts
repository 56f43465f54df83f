import { marketoPeople, type SeedPerson } from '../../../twins/chassis';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';

/** Parsed JSON of an answer, looked at member by member in the tests. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

/** An answer of the API with everything a test may look at. */
export interface ApiAnswer {
	readonly requestId: string;
	readonly success: boolean;
	readonly result?: Loose[];
	readonly errors?: Loose[];
	readonly warnings?: unknown[];
	readonly nextPageToken?: string;
	readonly moreResult?: boolean;
}

/** A twin with a plain client beside it, made of fetch alone. */
export interface TestTwin {
	readonly twin: MarketoTwin;
	get(path: string): Promise<ApiAnswer>;
	post(path: string, body?: unknown): Promise<ApiAnswer>;
	/** POST with a form body. */
	form(path: string, body: string): Promise<ApiAnswer>;
	raw(path: string, init?: RequestInit): Promise<Response>;
	admin(path: string, body?: unknown): Promise<Loose>;
	/** Signs in again as this service. */
	signInAs(clientId: string, clientSecret: string): Promise<void>;
	/** A paging token for changes from so many seconds ago on. */
	tokenSince(secondsAgo: number): Promise<string>;
	/** Creates one person and gives back the id. */
	create(values: Record<string, unknown>): Promise<number>;
}

export interface TestTwinOptions {
	readonly people?: readonly SeedPerson[];
	readonly count?: number;
	readonly fields?: unknown;
	/** Default: activities show at once. */
	readonly latenessMs?: number;
	readonly munchkinId?: string;
}

export async function startTestTwin(options: TestTwinOptions = {}): Promise<TestTwin> {
	const people = options.people ?? marketoPeople(1, options.count ?? 0, [], []);
	const twin = await startMarketoTwin({
		seed: 1,
		people,
		latencyMs: 0,
		port: 0,
		...(options.fields !== undefined && { fields: options.fields }),
		...(options.munchkinId !== undefined && { munchkinId: options.munchkinId }),
	});
	let token = '';
	const raw = async (path: string, init: RequestInit = {}) =>
		await fetch(twin.url + path, {
			...init,
			headers: { Authorization: `Bearer ${token}`, ...init.headers },
		});
	const call = async (path: string, init?: RequestInit) =>
		(await (await raw(path, init)).json()) as ApiAnswer;
	const api: TestTwin = {
		twin,
		raw,
		get: async (path) => await call(path),
		post: async (path, body) =>
			await call(path, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				...(body !== undefined && { body: JSON.stringify(body) }),
			}),
		form: async (path, body) =>
			await call(path, {
				method: 'POST',
				headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
				body,
			}),
		admin: async (path, body) => {
			const answer = await fetch(`${twin.url}/__twin/${path}`, {
				method: body === undefined ? 'GET' : 'POST',
				...(body !== undefined && { body: JSON.stringify(body) }),
			});
			return await answer.json();
		},
		signInAs: async (clientId, clientSecret) => {
			const query = new URLSearchParams({
				grant_type: 'client_credentials',
				client_id: clientId,
				client_secret: clientSecret,
			});
			const answer = await fetch(`${twin.url}/identity/oauth/token?${query}`);
			token = ((await answer.json()) as { access_token: string }).access_token;
		},
		tokenSince: async (secondsAgo) => {
			const { now } = (await api.admin('clock')) as { now: string };
			const since = new Date(Date.parse(now) - secondsAgo * 1000).toISOString();
			const answer = await call(`/rest/v1/activities/pagingtoken.json?sinceDatetime=${since}`);
			return answer.nextPageToken!;
		},
		create: async (values) => {
			const answer = await api.post('/rest/v1/leads.json', {
				action: 'createDuplicate',
				input: [values],
			});
			return answer.result![0].id as number;
		},
	};
	await api.signInAs(twin.clientId, twin.clientSecret);
	await api.admin('options', { latenessMs: options.latenessMs ?? 0 });
	await api.admin('limits', { callsPerWindow: 10_000 });
	return api;
}

/** The rows of an activity feed from a token on, read to its end. */
export async function readFeed(api: TestTwin, path: string, token: string) {
	const rows: Loose[] = [];
	let nextPageToken = token;
	let pages = 0;
	for (;;) {
		const separator = path.includes('?') ? '&' : '?';
		const answer = await api.get(
			`${path}${separator}nextPageToken=${encodeURIComponent(nextPageToken)}`,
		);
		pages++;
		rows.push(...(answer.result ?? []));
		nextPageToken = answer.nextPageToken!;
		if (!answer.moreResult) return { rows, nextPageToken, pages };
	}
}
