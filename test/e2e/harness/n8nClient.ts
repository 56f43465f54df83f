/** Who owns the n8n instance. */
export interface Owner {
	email: string;
	password: string;
	firstName: string;
	lastName: string;
}

/** n8n answered with something else than success. */
export class N8nAnswer extends Error {
	constructor(
		readonly status: number,
		readonly request: string,
		readonly body: string,
	) {
		super(`n8n answered ${request} with ${status}: ${body.slice(0, 2000)}`);
	}
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** HTTP to n8n: the editor's own endpoints by session cookie, the public API by key. */
export class N8nClient {
	private cookie = '';
	apiKey = '';

	constructor(readonly url: string) {}

	private async send(method: Method, path: string, body: unknown, headers: Record<string, string>) {
		const response = await fetch(this.url + path, {
			method,
			// n8n closes a connection after five quiet seconds, which may be the moment in which the next call goes out.
			headers: {
				...headers,
				connection: 'close',
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new N8nAnswer(response.status, `${method} ${path}`, text);
		const cookie = response.headers
			.getSetCookie()
			.map((line) => line.split(';')[0]!)
			.find((line) => line.startsWith('n8n-auth='));
		if (cookie) this.cookie = cookie;
		return text === '' ? undefined : (JSON.parse(text) as unknown);
	}

	/** An endpoint that the editor uses (`/rest/…`); answers what is inside `data`. */
	async rest<T>(method: Method, path: string, body?: unknown): Promise<T> {
		const answer = await this.send(method, `/rest${path}`, body, { cookie: this.cookie });
		return (answer as { data: T } | undefined)?.data as T;
	}

	/** A file that n8n serves to the editor, such as `/types/nodes.json`. */
	async file<T>(path: string): Promise<T> {
		return (await this.send('GET', path, undefined, { cookie: this.cookie })) as T;
	}

	/** The public API (`/api/v1/…`). */
	async api<T>(method: Method, path: string, body?: unknown): Promise<T> {
		return (await this.send(method, `/api/v1${path}`, body, {
			'x-n8n-api-key': this.apiKey,
		})) as T;
	}

	async ready(): Promise<boolean> {
		try {
			return (await fetch(`${this.url}/healthz/readiness`)).ok;
		} catch {
			return false;
		}
	}

	/** Makes the owner of a new instance and an API key with all rights. */
	async setUp(owner: Owner): Promise<void> {
		await this.rest('POST', '/owner/setup', owner);
		const scopes = await this.rest<string[]>('GET', '/api-keys/scopes');
		const key = await this.rest<{ rawApiKey: string }>('POST', '/api-keys', {
			label: 'harness',
			expiresAt: null,
			scopes,
		});
		this.apiKey = key.rawApiKey;
	}

	async signIn({ email, password }: Owner): Promise<void> {
		await this.rest('POST', '/login', { emailOrLdapLoginId: email, password });
	}
}
