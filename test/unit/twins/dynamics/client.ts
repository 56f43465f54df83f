import {
	startDynamicsTwin,
	type DynamicsTwin,
	type DynamicsTwinOptions,
} from '../../../twins/dynamics';

/** Parsed JSON whose shape the expectations check. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = Record<string, any>;

/** An answer as a test looks at it. */
export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	/** Parsed body; an empty object when there is none. */
	readonly json: Loose;
}

/** A twin and the plainest of clients. */
export interface Client {
	readonly twin: DynamicsTwin;
	/** A call below the service root, or of an absolute link. */
	call(
		method: string,
		path: string,
		body?: unknown,
		headers?: Record<string, string>,
	): Promise<Answer>;
	admin(method: string, path: string, body?: unknown): Promise<Answer>;
	/** Signs in with other form values and uses that token from now on. */
	signIn(form?: Record<string, string>): Promise<Answer>;
}

/** Starts a small twin and signs in as the application of the ready line. */
export async function startClient(options: Partial<DynamicsTwinOptions> = {}): Promise<Client> {
	const twin = await startDynamicsTwin({ seed: 1, leads: 40, contacts: 20, ...options });
	let token = '';
	const send = async (url: string, init: RequestInit): Promise<Answer> => {
		const response = await fetch(url, init);
		const text = await response.text();
		let json: Loose = {};
		try {
			json = JSON.parse(text) as Loose;
		} catch {
			// Not every answer is JSON.
		}
		return { status: response.status, headers: response.headers, text, json };
	};
	const client: Client = {
		twin,
		call: async (method, path, body, headers = {}) =>
			await send(path.startsWith('http') ? path : `${twin.url}/api/data/v9.2/${path}`, {
				method,
				headers: {
					Authorization: `Bearer ${token}`,
					...(body !== undefined && { 'Content-Type': 'application/json' }),
					...headers,
				},
				...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
			}),
		admin: async (method, path, body) =>
			await send(`${twin.url}/__twin/${path}`, {
				method,
				...(body !== undefined && { body: JSON.stringify(body) }),
			}),
		signIn: async (form = {}) => {
			const answer = await send(twin.tokenUrl, {
				method: 'POST',
				body: new URLSearchParams({
					grant_type: 'client_credentials',
					client_id: twin.clientId,
					client_secret: twin.clientSecret,
					scope: `${twin.url}/.default`,
					...form,
				}),
			});
			token = (answer.json.access_token as string | undefined) ?? '';
			return answer;
		},
	};
	await client.signIn();
	return client;
}

/** Id out of an OData-EntityId header. */
export function idOf(answer: Answer): string {
	const id = /\(([^)]+)\)$/.exec(answer.headers.get('odata-entityid') ?? '')?.[1];
	if (id === undefined) throw new Error(`no id in the answer: ${answer.status} ${answer.text}`);
	return id;
}
