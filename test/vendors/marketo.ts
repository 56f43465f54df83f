import { setTimeout as sleep } from 'node:timers/promises';

/** How to reach a subscription, as `npm run twins` prints it. */
export interface MarketoAccess {
	url: string;
	clientId: string;
	clientSecret: string;
}

export type Person = Record<string, unknown> & { id: number };

export interface Activity {
	leadId: number;
	activityDate: string;
	primaryAttributeValue?: string;
	attributes: { name: string; apiName?: string; value: unknown }[];
}

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

/** Values in one question. */
const PER_CALL = 300;

/**
 * Codes that ask for patience, and how much: 606 is the calls of 20 s used up (by all programs
 * together), 615 is too many at once.
 */
const PATIENCE: Record<string, number> = { '606': 20_500, '615': 2_000 };
const MOST_TRIES = 6;

/** Codes of a token that has ended. */
const TOKEN_ENDED = ['601', '602'];

/**
 * Marketo's REST API as an outside program uses it: plain HTTP, none of the package's own code.
 * For the demo's edits, the auditor and tests that look at the outcome.
 */
export class MarketoVendor {
	private token: Promise<string> | undefined;

	/** @param pace waited for before each call */
	constructor(
		private readonly access: MarketoAccess,
		private readonly pace: () => Promise<void> = async () => {},
	) {}

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
		for (let tries = 1; ; tries++) {
			this.token ??= this.signIn();
			const answer = await this.sendOnce<T>(method, address, await this.token, body);
			if (answer.success) return answer;
			const code = answer.errors?.[0]?.code ?? '';
			if (TOKEN_ENDED.includes(code)) this.token = undefined;
			else if (PATIENCE[code] !== undefined) await sleep(PATIENCE[code]);
			else tries = MOST_TRIES;
			if (tries >= MOST_TRIES) {
				throw new Error(`Marketo ${method} ${address}: ${JSON.stringify(answer.errors)}`);
			}
		}
	}

	private async sendOnce<T>(
		method: string,
		address: string,
		token: string,
		body?: unknown,
	): Promise<Answer<T>> {
		await this.pace();
		const isForm = body instanceof URLSearchParams;
		const response = await fetch(`${this.access.url}/rest/v1/${address}`, {
			method,
			headers: {
				authorization: `Bearer ${token}`,
				...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
			},
			body: body === undefined || isForm ? body : JSON.stringify(body),
		});
		return (await response.json()) as Answer<T>;
	}

	/** What is in `result`, e.g. of `leads/describe.json`. */
	async get<T>(address: string): Promise<T[]> {
		return (await this.send<T>('GET', address)).result ?? [];
	}

	/** Sends a body, e.g. to `companies.json`; answers what is in `result`. */
	async post<T>(address: string, body: unknown): Promise<T[]> {
		return (await this.send<T>('POST', address, body)).result ?? [];
	}

	/** People whose field has one of these values; a person that is none is not in the answer. */
	async people(filterType: string, values: unknown[], fields: string[]): Promise<Person[]> {
		return await this.objects<Person>('leads', filterType, values, fields);
	}

	/** Records of an object likewise: of `companies`, `opportunities/roles`, `customobjects/subscription_c`. */
	async objects<Found extends Record<string, unknown> = Record<string, unknown>>(
		path: string,
		filterType: string,
		values: unknown[],
		fields: string[],
	): Promise<Found[]> {
		const found: Found[] = [];
		for (let at = 0; at < values.length; at += PER_CALL) {
			// As a form: three hundred ids are longer than an address may be.
			const question = new URLSearchParams({
				filterType,
				filterValues: values.slice(at, at + PER_CALL).join(','),
				fields: fields.join(','),
			});
			for (let more = true; more; ) {
				const page: Answer<Found> = await this.send('POST', `${path}.json?_method=GET`, question);
				found.push(...(page.result ?? []));
				more = page.nextPageToken !== undefined;
				if (page.nextPageToken) question.set('nextPageToken', page.nextPageToken);
			}
		}
		return found;
	}

	/** Entries of people's activity logs since a time, of one type. At most 30 people. */
	async activities(typeId: number, personIds: number[], since: Date): Promise<Activity[]> {
		const found: Activity[] = [];
		const start = `activities/pagingtoken.json?sinceDatetime=${since.toISOString()}`;
		let token = (await this.send('GET', start)).nextPageToken!;
		for (let more = true; more; ) {
			const query = new URLSearchParams({
				nextPageToken: token,
				activityTypeIds: String(typeId),
				leadIds: personIds.join(','),
			});
			const page = await this.send<Activity>('GET', `activities.json?${query.toString()}`);
			found.push(...(page.result ?? []));
			token = page.nextPageToken!;
			more = page.moreResult === true;
		}
		return found;
	}

	/** The log of these fields since a time, in pages of 300 entries. */
	async *changes(since: Date, fields: string[]): AsyncGenerator<Activity[]> {
		const start = `activities/pagingtoken.json?sinceDatetime=${since.toISOString()}`;
		let token = (await this.send('GET', start)).nextPageToken!;
		for (let more = true; more; ) {
			const query = new URLSearchParams({ nextPageToken: token, fields: fields.join(',') });
			const address = `activities/leadchanges.json?${query.toString()}`;
			const page = await this.send<Activity>('GET', address);
			yield page.result ?? [];
			token = page.nextPageToken!;
			more = page.moreResult === true;
		}
	}

	/** Creates or updates people and answers their ids; a person that is refused is an error. */
	async write(
		action: 'createOnly' | 'updateOnly' | 'createOrUpdate' | 'createDuplicate',
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
