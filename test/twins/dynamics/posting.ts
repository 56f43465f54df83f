import { randomUUID } from 'node:crypto';
import type { Random } from '../chassis';
import type { Database } from './database';
import type { RowEvent } from './events';
import { executionContext, withoutDetails } from './executionContext';
import { messageOf, REGISTRATION_TABLES, settingsIn } from './registrations';
import type { Reference, Row } from './store';
import { isoSeconds } from './text';

/** A post to a webhook, as `GET /__twin/deliveries` shows it. */
export interface Delivery {
	readonly at: string;
	readonly step: string;
	readonly url: string;
	readonly message: string;
	readonly table: string;
	readonly id: string;
	readonly bytes: number;
	/** Details were left out because the body was too large. */
	readonly sizeExceeded: boolean;
	attempts: number;
	/** Of the last attempt; 0: no answer. */
	status: number;
	/** Until the last answer. */
	milliseconds: number;
	state: 'underWay' | 'succeeded' | 'failed';
	error?: string;
}

/** How posts are made; `POST /__twin/options`. */
export interface PostingOptions {
	/** Milliseconds an endpoint may take. */
	timeoutMs: number;
	/** Milliseconds before each post. */
	delayMs: number;
	/** Waits up to so long more, by chance, so that posts overtake each other. */
	shuffleMs: number;
	/** How often each is delivered. */
	copies: number;
	/** Bytes above which details are left out. */
	maxBytes: number;
}

export const STARTING_OPTIONS: Readonly<PostingOptions> = {
	timeoutMs: 60_000,
	delayMs: 0,
	shuffleMs: 0,
	copies: 1,
	maxBytes: 256 * 1024,
};

const ENABLED = 0;
const WEBHOOK = 8;
const KEPT = 1_000;
const FAILED = 31;
const SUCCEEDED = 30;

/** Posts what was committed to the webhooks whose steps match; the call that did it does not wait. */
export class Postman {
	readonly options: PostingOptions = { ...STARTING_OPTIONS };
	private readonly done: Delivery[] = [];
	private readonly stopping = new AbortController();

	constructor(
		private readonly database: Database,
		private readonly now: () => number,
		private readonly random: Random,
	) {}

	get deliveries(): readonly Delivery[] {
		return this.done;
	}

	/** @throws Error in plain words */
	change(asked: unknown): void {
		for (const [name, value] of Object.entries((asked ?? {}) as Record<string, unknown>)) {
			if (!(name in STARTING_OPTIONS)) throw new Error(`There is no option ${name}.`);
			if (typeof value !== 'number' || !(value >= 0)) throw new Error(`${name} is a number.`);
			this.options[name as keyof PostingOptions] = value;
		}
	}

	/** Gives up what is under way. */
	stop(): void {
		this.stopping.abort();
	}

	/** Forgets what was posted. */
	clear(): void {
		this.done.length = 0;
	}

	/** Something was committed. */
	readonly happened = (event: RowEvent): void => {
		if (REGISTRATION_TABLES.has(event.table.name) || event.session.triggering?.bypassAsync) return;
		const ids = { correlation: randomUUID(), operation: '' };
		for (const step of this.stepsFor(event)) {
			const endpoint = this.database.row(step.values.eventhandler as Reference);
			if (!endpoint || endpoint.values.contract !== WEBHOOK) continue;
			const images = this.imagesOf(step);
			// One operation per step: each is a system job of its own.
			const context = executionContext(this.database, event, step, images, {
				...ids,
				operation: randomUUID(),
			});
			for (let copy = 0; copy < this.options.copies; copy++)
				void this.post(event, step, endpoint, context);
		}
	};

	private stepsFor({ message, table, written, session }: RowEvent): Row[] {
		const store = this.database.store(this.database.table('sdkmessageprocessingstep'));
		const found: Row[] = [];
		for (const id of store.idsAfter()) {
			const step = store.get(id)!;
			const { values } = step;
			if (values.statecode !== ENABLED || values.mode !== 1) continue;
			if (session.triggering?.bypassSteps.includes(step.id)) continue;
			if (messageOf(this.database, step) !== message) continue;
			const filter = values.sdkmessagefilterid as Reference | undefined;
			const only = filter && this.database.row(filter)?.values.primaryobjecttypecode;
			if (only !== undefined && only !== table.name) continue;
			const filtering = String(values.filteringattributes ?? '')
				.split(',')
				.map((one) => one.trim())
				.filter(Boolean);
			const touched = filtering.length === 0 || filtering.some((name) => name in written);
			if (message === 'Update' && !touched) continue;
			found.push(step);
		}
		return found.sort((a, b) => Number(a.values.rank) - Number(b.values.rank));
	}

	private imagesOf(step: Row): Row[] {
		const store = this.database.store(this.database.table('sdkmessageprocessingstepimage'));
		const owner = { id: step.id, table: 'sdkmessageprocessingstep' };
		return [...store.withValue('sdkmessageprocessingstepid', owner)].map((id) => store.get(id)!);
	}

	private async post(
		event: RowEvent,
		step: Row,
		endpoint: Row,
		context: Record<string, unknown>,
	): Promise<void> {
		const { options } = this;
		const whole = JSON.stringify(context);
		const sizeExceeded = Buffer.byteLength(whole) > options.maxBytes;
		const body = sizeExceeded ? JSON.stringify(withoutDetails(context)) : whole;
		const delivery: Delivery = {
			at: new Date(this.now()).toISOString(),
			step: step.id,
			url: String(endpoint.values.url),
			message: event.message,
			table: event.table.name,
			id: event.id,
			bytes: Buffer.byteLength(body),
			sizeExceeded,
			attempts: 0,
			status: 0,
			milliseconds: 0,
			state: 'underWay',
		};
		this.done.push(delivery);
		if (this.done.length > KEPT) this.done.shift();
		const { url, headers } = addressOf(endpoint, event, context, sizeExceeded);
		const wait = options.delayMs + this.random() * options.shuffleMs;
		if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref());
		// Once more only where a gateway says that the endpoint is not there for the moment.
		for (let again = true; again && !this.stopping.signal.aborted; ) {
			await this.attempt(delivery, url, headers, body);
			again = delivery.attempts === 1 && [502, 503, 504].includes(delivery.status);
		}
		delivery.state = delivery.status >= 200 && delivery.status < 300 ? 'succeeded' : 'failed';
		if (!this.stopping.signal.aborted) this.keepJob(delivery, step, String(context.CorrelationId));
	}

	private async attempt(
		delivery: Delivery,
		url: string,
		headers: Record<string, string>,
		body: string,
	): Promise<void> {
		delivery.attempts++;
		const began = performance.now();
		try {
			const signal = AbortSignal.any([
				this.stopping.signal,
				AbortSignal.timeout(this.options.timeoutMs),
			]);
			const answer = await fetch(url, {
				method: 'POST',
				headers,
				body,
				signal,
				redirect: 'manual',
			});
			await answer.arrayBuffer();
			delivery.status = answer.status;
			if (!answer.ok) delivery.error = `The endpoint answered with HTTP ${answer.status}.`;
			else delete delivery.error;
		} catch (error) {
			delivery.status = 0;
			const timedOut = error instanceof Error && error.name === 'TimeoutError';
			delivery.error = timedOut
				? 'The endpoint took too long.'
				: 'The endpoint could not be reached.';
		}
		delivery.milliseconds = Math.round(performance.now() - began);
	}

	/** The system job: failures stay, successes only where the step does not delete them. */
	private keepJob(delivery: Delivery, step: Row, correlation: string): void {
		const failed = delivery.state === 'failed';
		if (!failed && step.values.asyncautodelete === true) return;
		const table = this.database.table('asyncoperation');
		const id = randomUUID();
		const now = isoSeconds(this.now());
		this.database.store(table).insert(id, {
			asyncoperationid: id,
			name: String(step.values.name ?? ''),
			operationtype: 1,
			statecode: 3,
			statuscode: failed ? FAILED : SUCCEEDED,
			retrycount: delivery.attempts - 1,
			messagename: delivery.message,
			primaryentitytype: delivery.table,
			correlationid: correlation,
			owningextensionid: { id: step.id, table: 'sdkmessageprocessingstep' },
			createdon: now,
			modifiedon: now,
			...(delivery.error !== undefined && {
				message: delivery.error,
				friendlymessage: delivery.error,
			}),
		});
	}
}

/** Where and with which headers a post goes: the secret is in a header, in the query, or is the code. */
function addressOf(
	endpoint: Row,
	event: RowEvent,
	context: Record<string, unknown>,
	sizeExceeded: boolean,
): { url: string; headers: Record<string, string> } {
	const url = new URL(String(endpoint.values.url));
	const headers: Record<string, string> = {
		'Content-Type': 'application/json',
		'x-ms-dynamics-organization': 'twin.crm.dynamics.com',
		'x-ms-dynamics-entity-name': event.table.name,
		'x-ms-dynamics-request-name': event.message,
		'x-ms-correlation-request-id': String(context.CorrelationId),
		...(sizeExceeded && { 'x-ms-dynamics-msg-size-exceeded': 'true' }),
	};
	const { authtype, authvalue } = endpoint.values;
	if (authtype === 4) url.searchParams.set('code', String(authvalue ?? ''));
	if (authtype === 5) for (const [name, value] of settingsIn(authvalue)) headers[name] = value;
	if (authtype === 6)
		for (const [name, value] of settingsIn(authvalue)) url.searchParams.set(name, value);
	return { url: url.href, headers };
}
