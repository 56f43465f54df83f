import {
	seedContacts,
	seededRandom,
	seedLeads,
	startTwin,
	TwinClock,
	type SeedPerson,
	type Twin,
	type TwinContext,
	type TwinRequest,
	type TwinResponse,
} from '../chassis';
import { WebApi } from './api';
import { answerOf, callOf, operationsIn, parseBatch, runBatch, type BatchOperation } from './batch';
import { Database } from './database';
import { DataverseError, errorOf, errorResponse } from './errors';
import { tablesFromDefinitions } from './fromDefinitions';
import { changeLimits, ServiceProtection, startingLimits } from './limits';
import { parsePlugin, type Plugin } from './plugins';
import { Postman } from './posting';
import { holds, SYNC_APP, TENANT_ID, type Principal } from './principals';
import { denied } from './privileges';
import { seedMessages } from './registrations';
import { Schema, shippedTables } from './schema';
import { seedDatabase } from './seed';
import { parsePreferences, type ApiAnswer, type ApiCall, type Session } from './session';
import { isGuid } from './text';
import { discoveryDocument, entraError, TokenService } from './tokens';

export interface DynamicsTwinOptions {
	readonly seed: number;
	readonly leads: number;
	readonly contacts: number;
	/** Rows of large environments; left out: no more than the people's companies, and no opportunities. */
	readonly accounts?: number;
	readonly opportunities?: number;
	readonly latencyMs?: number;
	/** 0 or left out: a free port. */
	readonly port?: number;
	/** More tables and columns, in the shape of Microsoft's EntityDefinitions JSON. */
	readonly tables?: unknown;
	/** A clock that others go by too; left out: one of its own. */
	readonly clock?: TwinClock;
	/** GUID of the organization, by which environments are told apart; left out: always the same one. */
	readonly organizationId?: string;
}

export interface DynamicsTwin {
	/** The environment's URL, without a trailing slash. */
	readonly url: string;
	readonly tokenUrl: string;
	readonly tenantId: string;
	readonly clientId: string;
	readonly clientSecret: string;
	/** Leads, then contacts, of the seed. */
	readonly people: SeedPerson[];
	readonly twin: Twin;
	/** Serves an HTML page under `/` and `/__twin/`. */
	showPage(html: string): void;
	close(): Promise<void>;
}

const API = /^\/api\/data\/(v9\.[0-2])(?:\/([^]*))?$/;
/** Longest address; a part of a batch may have twice as long a one. */
const MAX_URL = 32_768;
const TOKEN = /^\/([^/]+)\/oauth2\/(?:v2\.0\/)?token$/;
const DISCOVERY = /^\/([^/]+)\/(?:v2\.0\/)?\.well-known\/openid-configuration$/;

/** Starts a stand-in for a Dataverse environment and its Microsoft Entra tenant. */
export async function startDynamicsTwin(options: DynamicsTwinOptions): Promise<DynamicsTwin> {
	const leads = seedLeads(options.seed, options.leads);
	const contacts = seedContacts(options.seed, options.contacts, options.leads);
	const clock = options.clock ?? new TwinClock();
	const environment = new Environment(options, leads, contacts, clock);
	const twin = await startTwin('dynamics', {
		handler: async (request, context) => await environment.handle(request, context),
		admit: (request) => environment.admit(request),
		// A bare number is one of Entra's errors, any other code one of Dataverse's.
		vendorError: ({ code, status, message, ...rest }) =>
			/^\d+$/.test(code ?? '')
				? entraError(
						[Number(code), status ?? 400, 'invalid_client', message ?? 'The request was refused.'],
						environment.now(),
					)
				: errorResponse(
						errorOf({
							...rest,
							...(code !== undefined && { code }),
							...(status !== undefined && { status }),
							...(message !== undefined && { message }),
						}),
					),
		seed: options.seed,
		clock,
		...(options.port !== undefined && { port: options.port }),
		...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }),
		pageOf: (request) => {
			const page = /pagenumber="(\d+)"/.exec(request.query.get('$skiptoken') ?? '')?.[1];
			return page === undefined ? undefined : Number(page);
		},
		expire: (what) => environment.expire(what),
		reset: () => environment.reset(),
		admin: environment.admin,
	});
	return {
		url: twin.url,
		tokenUrl: `${twin.url}/${TENANT_ID}/oauth2/v2.0/token`,
		tenantId: TENANT_ID,
		clientId: SYNC_APP.clientId,
		clientSecret: SYNC_APP.clientSecret,
		people: [...leads, ...contacts],
		twin,
		showPage: (html) => {
			environment.page = html;
		},
		close: async () => {
			environment.stop();
			await twin.close();
		},
	};
}

const DONE: TwinResponse = { status: 200, body: { ok: true } };

/** All state of the twin, and what it answers. */
class Environment {
	page: string | undefined;
	private database!: Database;
	private api!: WebApi;
	private postman!: Postman;
	/** Tokens outlive a reset of the data. */
	private readonly tokens = new TokenService(
		() => this.database.principals,
		() => this.now(),
		isThisEnvironment,
	);
	private readonly plugins: Plugin[] = [];
	private limits = startingLimits();
	private protection!: ServiceProtection;
	private readonly limitHeaders = new WeakMap<TwinRequest, Record<string, string>>();

	constructor(
		private readonly options: DynamicsTwinOptions,
		private readonly leads: readonly SeedPerson[],
		private readonly contacts: readonly SeedPerson[],
		private readonly clock: TwinClock,
	) {
		this.reset();
	}

	now(): number {
		return this.clock.now();
	}

	reset(): void {
		const schema = new Schema(shippedTables());
		if (this.options.tables !== undefined) {
			for (const spec of tablesFromDefinitions(this.options.tables, schema)) schema.put(spec);
		}
		this.database = new Database(schema, this.options.organizationId);
		const { seed, accounts = 0, opportunities = 0 } = this.options;
		const size = { accounts, opportunities };
		seedDatabase(this.database, seed, this.leads, this.contacts, size, this.now());
		seedMessages(this.database);
		this.postman?.stop();
		const chance = seededRandom(this.options.seed, 'deliveries');
		this.postman = new Postman(this.database, () => this.now(), chance);
		this.database.onEvent = this.postman.happened;
		this.plugins.length = 0;
		this.limits = startingLimits();
		this.protection = new ServiceProtection(this.limits, () => this.now());
		this.api = new WebApi(this.database, this.plugins);
	}

	/** Posts nothing any more. */
	stop(): void {
		this.postman.stop();
	}

	expire(what: string): boolean {
		if (what === 'accessToken') this.tokens.expireAll();
		else if (what === 'deltaToken') this.database.expiredBelow = this.database.versions.current + 1;
		else return false;
		// A token minted from now on has to be a later one.
		if (what === 'deltaToken') this.database.versions.next();
		return true;
	}

	private readonly showPage = (): TwinResponse =>
		this.page === undefined
			? { status: 404, headers: { 'Content-Type': 'text/html' }, body: notFoundPage() }
			: { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: this.page };

	readonly admin = {
		'GET ': this.showPage,
		'POST limits': (request: TwinRequest) => {
			changeLimits(this.limits, request.json());
			return DONE;
		},
		'GET limits': () => ({ status: 200, body: { ...this.limits } }),
		'POST plugin': (request: TwinRequest) => {
			this.plugins.push(parsePlugin(request.json(), (name) => this.database.schema.table(name)));
			return DONE;
		},
		'GET plugin': () => ({ status: 200, body: { plugins: [...this.plugins] } }),
		'DELETE plugin': () => {
			this.plugins.length = 0;
			return DONE;
		},
		'POST principal': (request: TwinRequest) => {
			this.putPrincipal(request.json() as Record<string, unknown>);
			return DONE;
		},
		'POST tables': (request: TwinRequest) => {
			for (const spec of tablesFromDefinitions(request.json(), this.database.schema)) {
				this.database.putTable(spec);
			}
			seedMessages(this.database);
			return DONE;
		},
		'GET deliveries': () => ({ status: 200, body: { deliveries: this.postman.deliveries } }),
		'DELETE deliveries': () => {
			this.postman.clear();
			return DONE;
		},
		'GET options': () => ({ status: 200, body: { ...this.postman.options } }),
		'POST options': (request: TwinRequest) => {
			this.postman.change(request.json());
			return DONE;
		},
		'GET sight': () => ({ status: 200, body: this.database.sight.state }),
		'POST hide': (request: TwinRequest) => {
			this.database.sight.hide(request.json(), (name) => this.database.schema.table(name));
			return DONE;
		},
		'POST show': (request: TwinRequest) => {
			this.database.sight.show(request.json(), (name) => this.database.schema.table(name));
			return DONE;
		},
		'POST secure': (request: TwinRequest) => {
			const body = request.json() as { table: string; column: string };
			this.database.sight.secure(body, (name) => this.database.schema.table(name));
			this.database.markSecured(body.table, body.column, true);
			return DONE;
		},
		'POST unsecure': (request: TwinRequest) => {
			const body = request.json() as { table: string; column: string };
			this.database.sight.unsecure(body);
			this.database.markSecured(body.table, body.column, false);
			return DONE;
		},
		'POST dropColumn': (request: TwinRequest) => {
			const { table, column } = request.json() as { table: string; column: string };
			const { spec } = this.database.table(table);
			this.database.putTable({
				...spec,
				columns: spec.columns.filter(({ name, of }) => name !== column && of !== column),
				lookups: spec.lookups.filter((lookup) => lookup.column !== column),
			});
			return DONE;
		},
		'POST settings': (request: TwinRequest) => {
			this.changeSettings(request.json() as Record<string, unknown>);
			return DONE;
		},
	};

	private changeSettings(settings: Record<string, unknown>): void {
		const { deltaBase, partialReaders, refusedInFilters } = settings;
		if ([deltaBase, partialReaders, refusedInFilters].every((one) => one === undefined)) {
			throw new Error('There are the settings deltaBase, partialReaders and refusedInFilters.');
		}
		if (refusedInFilters !== undefined) {
			if (!Array.isArray(refusedInFilters)) throw new Error('refusedInFilters is a list of texts.');
			this.database.refusedInFilters = refusedInFilters.map((text) => String(text).toLowerCase());
		}
		if (deltaBase !== undefined) {
			if (deltaBase !== 'lastPage' && deltaBase !== 'firstPage') {
				throw new Error('deltaBase is lastPage or firstPage.');
			}
			this.database.deltaBase = deltaBase;
		}
		if (partialReaders !== undefined) {
			if (partialReaders !== 'refused' && partialReaders !== 'filtered') {
				throw new Error('partialReaders is refused or filtered.');
			}
			this.database.sight.partialReaders = partialReaders;
		}
	}

	/** Adds somebody who can sign in, or changes what they may. */
	private putPrincipal(body: Record<string, unknown>): void {
		const key = String(body.clientId ?? body.username ?? '');
		if (!key) throw new Error('A principal needs a clientId or a username.');
		const known = this.database.principals.get(key);
		const secret = body.clientSecret ?? body.password ?? known?.secret;
		if (typeof secret !== 'string')
			throw new Error('A principal needs a clientSecret or a password.');
		const userId = (body.userId as string | null | undefined) ?? known?.userId;
		this.database.principals.set(key, {
			key,
			secret,
			...(body.userId !== null && userId !== undefined && { userId }),
			hasRole: (body.hasRole as boolean | undefined) ?? known?.hasRole ?? true,
			lacks: (body.lacks as string[] | undefined) ?? known?.lacks ?? [],
			...(typeof body.depth === 'string' && { depth: body.depth }),
			...(body.secretExpired === true && { secretExpired: true }),
		});
	}

	/** Service protection: counts a call of the API in, or refuses it. */
	admit(request: TwinRequest): TwinResponse | (() => void) | undefined {
		const principal = API.test(request.path) ? this.principalOf(request) : undefined;
		if (!principal) return undefined;
		try {
			const { leave, headers } = this.protection.enter(principal.key);
			this.limitHeaders.set(request, headers);
			return leave;
		} catch (error) {
			if (error instanceof DataverseError) return errorResponse(error);
			throw error;
		}
	}

	private principalOf(request: TwinRequest): Principal | undefined {
		const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
		return token === undefined ? undefined : this.tokens.principalOf(token);
	}

	async handle(request: TwinRequest, context: TwinContext): Promise<TwinResponse> {
		const tenant = TOKEN.exec(request.path)?.[1];
		if (tenant !== undefined) {
			return request.method === 'POST'
				? this.tokens.answer(request, decodeURIComponent(tenant))
				: { status: 405, body: { error: 'method_not_allowed' } };
		}
		const discovered = DISCOVERY.exec(request.path)?.[1];
		if (discovered !== undefined) {
			return { status: 200, body: discoveryDocument(request.origin, discovered) };
		}
		if (request.path === '/' && request.method === 'GET') return this.showPage();
		if (request.path.length + request.rawQuery.length + 1 > MAX_URL) {
			const body =
				'<h2>Bad Request - Invalid URL</h2><p>HTTP Error 414. The request URL is too long.</p>';
			return { status: 414, headers: { 'Content-Type': 'text/html' }, body };
		}
		const api = API.exec(request.path);
		if (!api)
			return { status: 404, headers: { 'Content-Type': 'text/html' }, body: notFoundPage() };
		return await this.webApi(request, context, api[1]!, api[2] ?? '');
	}

	private async webApi(
		request: TwinRequest,
		context: TwinContext,
		version: string,
		path: string,
	): Promise<TwinResponse> {
		const principal = this.principalOf(request);
		if (!principal) return unauthorized(request);
		const call = callFrom(request, path);
		const annotated = parsePreferences(call.headers.prefer).annotation(
			'Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus',
		);
		try {
			const session = this.sessionOf(principal, call, `${request.origin}/api/data/${version}/`);
			const answer =
				path === '$batch'
					? await this.batch(call, session, context)
					: this.api.answer(call, session);
			// The environment's own clock, which the twin's may be ahead of.
			const date = { Date: new Date(this.now()).toUTCString() };
			return {
				...answer,
				headers: { ...date, ...this.limitHeaders.get(request), ...answer.headers },
			};
		} catch (error) {
			if (error instanceof DataverseError) return errorResponse(error, annotated);
			throw error;
		}
	}

	private sessionOf(principal: Principal, call: ApiCall, root: string): Session {
		if (principal.userId === undefined) {
			throw new DataverseError(403, '0x80072560', 'The user is not a member of the organization.');
		}
		const own: Session = { principal, userId: principal.userId, root, now: this.now() };
		const objectId = call.headers.callerobjectid;
		const callerId = call.headers.mscrmcallerid;
		if (objectId === undefined && callerId === undefined) return own;
		if (!holds(principal, 'prvActOnBehalfOfAnotherUser')) {
			throw denied(own, 'prvActOnBehalfOfAnotherUser', "OTC=8 for entity 'systemuser'");
		}
		const store = this.database.store(this.database.table('systemuser'));
		const [id] =
			callerId !== undefined && isGuid(callerId)
				? [callerId.toLowerCase()]
				: store.withValue('azureactivedirectoryobjectid', objectId ?? '');
		if (id === undefined || !store.get(id)) {
			throw new DataverseError(
				400,
				'0x80040217',
				`systemuser With Id = ${callerId ?? objectId} Does Not Exist`,
			);
		}
		return { ...own, userId: id, onBehalfBy: principal.userId };
	}

	private async batch(call: ApiCall, session: Session, context: TwinContext): Promise<ApiAnswer> {
		if (call.method !== 'POST') {
			throw new DataverseError(
				405,
				'0x0',
				`The requested resource does not support http method '${call.method}'.`,
			);
		}
		const parts = parseBatch(call.headers['content-type'], call.body);
		if (operationsIn(parts) > this.limits.batchOperations) {
			throw new DataverseError(
				400,
				'0x80060888',
				`The current batch message contains too many parts. A maximum number of '${this.limits.batchOperations}' query operations and change sets are allowed in a batch message.`,
			);
		}
		const prefix = new URL(session.root).pathname;
		const runOne = async (operation: BatchOperation): Promise<ApiAnswer> => {
			const inner = callOf(operation, call);
			const answer = await this.part(inner, session, context, prefix);
			context.logPart({
				method: inner.method,
				path: `${prefix}${inner.path}`,
				status: answer.status,
			});
			return answer;
		};
		const runSet = async (operations: readonly BatchOperation[]): Promise<ApiAnswer[]> => {
			// Faults are asked for first: they may have to wait, a transaction may not.
			for (const operation of operations) {
				const inner = callOf(operation, call);
				const fault = await context.fault(targetOf(inner, prefix));
				if (fault) throw errorOf(fault);
			}
			return this.changeSet(operations, call, session, context, prefix);
		};
		const { continueOnError } = parsePreferences(call.headers.prefer);
		return await runBatch(parts, continueOnError, runOne, runSet);
	}

	private async part(
		inner: ApiCall,
		session: Session,
		context: TwinContext,
		prefix: string,
	): Promise<ApiAnswer> {
		const fault = await context.fault(targetOf(inner, prefix));
		try {
			if (fault) throw errorOf(fault);
			if (inner.path.length + inner.rawQuery.length > 2 * MAX_URL) {
				throw new DataverseError(414, '0x0', 'The request URL is too long.');
			}
			if (inner.path === '$batch') {
				throw new DataverseError(400, '0x0', 'A batch cannot contain another batch.');
			}
			return this.api.answer(inner, { ...session, now: this.now() });
		} catch (error) {
			if (error instanceof DataverseError) return answerOf(error);
			throw error;
		}
	}

	private changeSet(
		operations: readonly BatchOperation[],
		outer: ApiCall,
		session: Session,
		context: TwinContext,
		prefix: string,
	): ApiAnswer[] {
		const links = new Map<string, string>();
		return this.database.transaction(() =>
			operations.map((operation) => {
				const referred = resolveReferences(operation, links);
				const inner = callOf(referred, outer);
				if (inner.method === 'GET') {
					throw new DataverseError(400, '0x0', 'GET requests are not allowed inside a change set.');
				}
				try {
					const answer = this.api.answer(inner, { ...session, now: this.now() });
					const link = answer.headers?.['OData-EntityId'] ?? answer.headers?.Location;
					if (operation.contentId !== undefined && link !== undefined) {
						links.set(operation.contentId, link);
					}
					context.logPart({
						method: inner.method,
						path: `${prefix}${inner.path}`,
						status: answer.status,
					});
					return answer;
				} catch (error) {
					const status = error instanceof DataverseError ? error.status : 500;
					context.logPart({ method: inner.method, path: `${prefix}${inner.path}`, status });
					throw error;
				}
			}),
		);
	}
}

/** What an injected fault must match to strike a part of a batch. */
function targetOf(inner: ApiCall, prefix: string) {
	return { method: inner.method, path: `${prefix}${inner.path}`, query: inner.rawQuery };
}

/** Puts the links of earlier operations of the change set in for `$1`. */
function resolveReferences(
	operation: BatchOperation,
	links: ReadonlyMap<string, string>,
): BatchOperation {
	const linkOf = (id: string): string => {
		const link = links.get(id);
		if (link === undefined) {
			throw new DataverseError(
				400,
				'0x0',
				`Content-ID Reference: '$${id}' does not exist in the batch context.`,
			);
		}
		return link;
	};
	return {
		...operation,
		url: operation.url.replace(/^\/?\$([\w-]+)(?=\/|\?|$)/, (whole, id: string) =>
			['batch', 'metadata', 'count'].includes(id) ? whole : linkOf(id),
		),
		body: operation.body.replace(
			/("[^"]*@odata\.bind"\s*:\s*)"\/?\$([\w-]+)"/g,
			(_, key: string, id: string) => `${key}"${linkOf(id)}"`,
		),
	};
}

function callFrom(request: TwinRequest, path: string): ApiCall {
	const headers: Record<string, string | undefined> = {};
	for (const [name, value] of Object.entries(request.headers)) {
		headers[name] = Array.isArray(value) ? value.join(', ') : value;
	}
	return {
		method: request.method,
		path: path.replace(/\/+$/, ''),
		query: request.query,
		rawQuery: request.rawQuery,
		headers,
		body: request.text(),
	};
}

/** The environment is known by every name it is reached by. */
function isThisEnvironment(resource: string, request: TwinRequest): boolean {
	try {
		const { hostname } = new URL(resource);
		const own = new URL(request.origin).hostname;
		return ['127.0.0.1', 'localhost', own, 'twin.crm.dynamics.com'].includes(hostname);
	} catch {
		return false;
	}
}

function unauthorized(request: TwinRequest): TwinResponse {
	return {
		status: 401,
		headers: {
			'Content-Type': 'text/html',
			'WWW-Authenticate': `Bearer authorization_uri=${request.origin}/${TENANT_ID}/oauth2/authorize, resource_id=${request.origin}/`,
		},
		body: 'HTTP Error 401 - Unauthorized: Access is denied',
	};
}

function notFoundPage(): string {
	return '<!DOCTYPE html><html><head><title>404</title></head><body>The resource cannot be found.</body></html>';
}
