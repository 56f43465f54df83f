/** What a fault of a twin looks like; `test/twins/README.md` has all of it. */
export interface Fault {
	match: { method?: string; path?: string; id?: string; page?: number };
	times?: number;
	/** Lets so many matching calls pass first. */
	skip?: number;
	status?: number;
	code?: string;
	message?: string;
	retryAfter?: number;
	drop?: boolean;
	delayMs?: number;
	/** No answer until released. */
	hold?: boolean;
	/** The call takes effect, its answer is lost (or held). */
	afterEffect?: boolean;
}

export interface LoggedCall {
	at: string;
	method: string;
	path: string;
	query: string;
	status: number;
	records?: number;
	parts?: Array<{ method: string; path: string; status: number }>;
	body?: unknown;
}

export interface Calls {
	total: number;
	byEndpoint: Record<string, number>;
	log: LoggedCall[];
}

/** One twin's own endpoints under `/__twin/`: what no vendor's API offers. */
export class TwinControl {
	constructor(private readonly url: string) {}

	private async send<T>(method: string, name: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/__twin/${name}`, {
			method,
			...(body !== undefined && {
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			}),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`Twin ${method} ${name}: ${response.status} ${text}`);
		return JSON.parse(text) as T;
	}

	/** What this twin shows of itself: `people?limit=10`, `deliveries` … */
	async get<T>(name: string): Promise<T> {
		return await this.send('GET', name);
	}

	async calls(): Promise<Calls> {
		return await this.send('GET', 'calls');
	}

	async forgetCalls(): Promise<void> {
		await this.send('DELETE', 'calls');
	}

	async fail(fault: Fault): Promise<void> {
		await this.send('POST', 'fail', fault);
	}

	/** Faults that have not struck (to the end) yet. */
	async faultsLeft(): Promise<number> {
		return (await this.send<{ rules: unknown[] }>('GET', 'fail')).rules.length;
	}

	async forgetFaults(): Promise<void> {
		await this.send('DELETE', 'fail');
	}

	/** Lets held calls go on; answers how many there were. */
	async release(): Promise<number> {
		return (await this.send<{ released: number }>('POST', 'release', {})).released;
	}

	async expire(what: 'accessToken' | 'deltaToken' | 'pagingToken'): Promise<void> {
		await this.send('POST', 'expire', { what });
	}

	async advanceClock(seconds: number): Promise<void> {
		await this.send('POST', 'clock', { advanceSeconds: seconds });
	}

	/** Takes all of something back: `plugin`. */
	async remove(name: string): Promise<void> {
		await this.send('DELETE', name);
	}

	/** A setting of this twin: `options`, `limits`, `edit`, `create`, `delete` … */
	async post(name: string, body: unknown): Promise<Record<string, unknown>> {
		return await this.send('POST', name, body);
	}
}
