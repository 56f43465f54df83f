import { setTimeout as sleep } from 'node:timers/promises';

/** How to reach an environment, as `npm run twins` prints it. */
export interface DynamicsAccess {
	url: string;
	tokenUrl: string;
	clientId: string;
	clientSecret: string;
	/** Signs in as this person instead of as the application. */
	person?: { name: string; password: string };
}

export type Row = Record<string, unknown>;

/**
 * The Dataverse Web API as an outside program uses it: plain HTTP, none of the package's own code.
 * For the demo's edits, the auditor and tests that look at the outcome.
 */
export class DynamicsVendor {
	private token: Promise<string> | undefined;

	constructor(private readonly access: DynamicsAccess) {}

	private async signIn(): Promise<string> {
		const { person, clientId, clientSecret, url } = this.access;
		const grant: Record<string, string> = person
			? { grant_type: 'password', username: person.name, password: person.password }
			: { grant_type: 'client_credentials', client_secret: clientSecret };
		const response = await fetch(this.access.tokenUrl, {
			method: 'POST',
			body: new URLSearchParams({ ...grant, client_id: clientId, scope: `${url}/.default` }),
		});
		if (!response.ok) throw new Error(`Signing in to Dynamics: ${await response.text()}`);
		return ((await response.json()) as { access_token: string }).access_token;
	}

	private async send(
		method: string,
		address: string,
		body?: unknown,
		headers: Record<string, string> = {},
		isSecond = false,
	): Promise<Response> {
		this.token ??= this.signIn();
		const response = await fetch(new URL(address, `${this.access.url}/api/data/v9.2/`), {
			method,
			headers: {
				authorization: `Bearer ${await this.token}`,
				accept: 'application/json',
				'odata-version': '4.0',
				'odata-maxversion': '4.0',
				...(body !== undefined && { 'content-type': 'application/json' }),
				...headers,
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		if (response.status === 401 && !isSecond) {
			// The token has ended.
			this.token = undefined;
			return await this.send(method, address, body, headers, true);
		}
		if (response.status === 429) {
			// Service protection: the answer says how long the limit lasts.
			await sleep(1000 * Number(response.headers.get('retry-after') ?? 1));
			return await this.send(method, address, body, headers);
		}
		if (!response.ok) {
			throw new Error(`Dynamics ${method} ${address}: ${response.status} ${await response.text()}`);
		}
		return response;
	}

	/** One answer, e.g. of `contacts(…)?$select=jobtitle`. */
	async get<T = Row>(address: string, headers: Record<string, string> = {}): Promise<T> {
		return (await (await this.send('GET', address, undefined, headers)).json()) as T;
	}

	/** All rows of a query, page by page. */
	async all(address: string, headers: Record<string, string> = {}): Promise<Row[]> {
		const rows: Row[] = [];
		for (let next: string | undefined = address; next; ) {
			const page: { value: Row[]; '@odata.nextLink'?: string } = await this.get(next, headers);
			rows.push(...page.value);
			next = page['@odata.nextLink'];
		}
		return rows;
	}

	/** Calls an action; answers what it gives back. */
	async post<T = Row>(address: string, body: unknown): Promise<T> {
		return (await (await this.send('POST', address, body)).json()) as T;
	}

	/** Creates a row; answers its id. */
	async create(entitySet: string, values: Row): Promise<string> {
		const response = await this.send('POST', entitySet, values);
		const id = /\(([0-9a-f-]{36})\)/i.exec(response.headers.get('odata-entityid') ?? '')?.[1];
		if (!id) throw new Error(`Dynamics did not say which row of ${entitySet} it created`);
		return id;
	}

	/** Changes a row that exists. */
	async update(entitySet: string, id: string, values: Row): Promise<void> {
		await this.send('PATCH', `${entitySet}(${id})`, values, { 'if-match': '*' });
	}

	/** Changes a row by its whole address, with query options. */
	async patch(address: string, values: Row): Promise<void> {
		await this.send('PATCH', address, values, { 'if-match': '*' });
	}

	/** An action, and what it answers; null where that is nothing, as of `Merge`. */
	async act(action: string, body: Row): Promise<unknown> {
		const text = await (await this.send('POST', action, body)).text();
		return text === '' ? null : (JSON.parse(text) as unknown);
	}

	async delete(entitySet: string, id: string): Promise<void> {
		await this.send('DELETE', `${entitySet}(${id})`);
	}
}
