/** How to reach a subscription, as `npm run twins` prints it. */
export interface MarketoAccess {
	url: string;
	clientId: string;
	clientSecret: string;
}

export type Person = Record<string, unknown> & { id: number };

interface Answer<T> {
	success: boolean;
	result?: T[];
	errors?: { code: string; message: string }[];
	nextPageToken?: string;
	moreResult?: boolean;
}

interface Written {
	id: number;
	status: string;
	reasons?: { code: string; message: string }[];
}

/** Values in one question; 300 are allowed, but an address is at most 8 KB long. */
const PER_CALL = 100;

/**
 * Marketo's REST API as an outside program uses it: plain HTTP, none of the package's own code.
 * For the demo's edits, the auditor and tests that look at the outcome.
 */
export class MarketoVendor {
	private token: Promise<string> | undefined;

	constructor(private readonly access: MarketoAccess) {}

	private async signIn(): Promise<string> {
		const query = new URLSearchParams({
			grant_type: 'client_credentials',
			client_id: this.access.clientId,
			client_secret: this.access.clientSecret,
		});
		const response = await fetch(`${this.access.url}/identity/oauth/token?${query.toString()}`);
		if (!response.ok) throw new Error(`Signing in to Marketo: ${await response.text()}`);
		return ((await response.json()) as { access_token: string }).access_token;
	}

	private async send<T>(method: string, address: string, body?: unknown): Promise<Answer<T>> {
		this.token ??= this.signIn();
		const response = await fetch(`${this.access.url}/rest/v1/${address}`, {
			method,
			headers: {
				authorization: `Bearer ${await this.token}`,
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const answer = (await response.json()) as Answer<T>;
		if (!answer.success) {
			throw new Error(`Marketo ${method} ${address}: ${JSON.stringify(answer.errors)}`);
		}
		return answer;
	}

	/** What is in `result`, e.g. of `leads/describe.json`. */
	async get<T>(address: string): Promise<T[]> {
		return (await this.send<T>('GET', address)).result ?? [];
	}

	/** People whose field has one of these values; a person that is none is not in the answer. */
	async people(filterType: string, values: unknown[], fields: string[]): Promise<Person[]> {
		const found: Person[] = [];
		for (let at = 0; at < values.length; at += PER_CALL) {
			const query = new URLSearchParams({
				filterType,
				filterValues: values.slice(at, at + PER_CALL).join(','),
				fields: fields.join(','),
			});
			for (let token: string | undefined = ''; token !== undefined; ) {
				const more: string = token && `&nextPageToken=${encodeURIComponent(token)}`;
				const page: Answer<Person> = await this.send('GET', `leads.json?${query.toString()}${more}`);
				found.push(...(page.result ?? []));
				token = page.nextPageToken;
			}
		}
		return found;
	}

	/** Creates or updates people and answers their ids; a person that is refused is an error. */
	async write(
		action: 'createOnly' | 'updateOnly' | 'createOrUpdate',
		lookupField: string,
		input: Record<string, unknown>[],
	): Promise<number[]> {
		const { result = [] } = await this.send<Written>('POST', 'leads.json', {
			action,
			lookupField,
			input,
		});
		const refused = result.find(({ status }) => status === 'skipped');
		if (refused) throw new Error(`Marketo refused a person: ${JSON.stringify(refused.reasons)}`);
		return result.map(({ id }) => id);
	}

	async delete(ids: number[]): Promise<void> {
		await this.send('POST', 'leads/delete.json', { input: ids.map((id) => ({ id })) });
	}
}
