import {
	Router,
	type TwinContext,
	type TwinHandler,
	type TwinRequest,
	type TwinResponse,
} from '../../chassis';
import { PagingTokens } from '../activities/pagingToken';
import { CallFailure, reason, type Reason } from '../errors';
import { MarketoInstance, type InstanceSeed } from '../instance';
import type { TwinBehaviour } from '../options';
import type { Answer, Call } from './call';
import type { ApiClient, Permission } from './clients';
import { fail, failAsset, newRequestId, plainHttp, succeed, succeedAsset } from './envelope';
import { answerFlowStepCallback, isFlowStepCallback } from './flowStepCallback';
import { answerIdentity } from './identity';
import { Metering } from './limits';
import { Tokens } from './tokens';

const MAX_URI_BYTES = 8 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Answers an admitted call. */
export type Operation = (call: Call) => Answer | Promise<Answer>;

/** Registers operations; any one of the permissions is enough, none needed when the list is empty. */
export type Register = (
	method: string,
	pattern: string,
	permissions: readonly Permission[],
	operation: Operation,
) => void;

/** Says whether an injected fault names this record. */
export type FaultNames = (id: string) => boolean;

/** What the routes need to know of the call besides the request. */
interface Admitted extends TwinContext {
	readonly requestId: string;
	readonly client: ApiClient;
}

/** The API of one instance: sign-in, limits, dispatch. */
export class MarketoService {
	instance: MarketoInstance;
	readonly tokens: Tokens;
	readonly paging = new PagingTokens();
	metering = new Metering();
	private readonly router: Router;

	constructor(
		private readonly seed: InstanceSeed,
		readonly behaviour: TwinBehaviour,
		private readonly random: () => number,
		private readonly faultNames: FaultNames,
		register: ReadonlyArray<(register: Register) => void>,
		/** Twin time at the start, milliseconds. */
		now: number,
	) {
		this.instance = new MarketoInstance(seed, behaviour, now);
		this.tokens = new Tokens(random);
		this.router = new Router((_request, otherMethods) => {
			throw new CallFailure(otherMethods.length > 0 ? '605' : '610');
		});
		for (const add of register) add(this.register);
	}

	/** Starts over with the seed people; tokens go on being valid. */
	reset(now: number): void {
		this.instance.campaigns.stop();
		this.instance = new MarketoInstance(this.seed, this.behaviour, now);
		const { limits } = this.metering;
		this.metering = new Metering();
		Object.assign(this.metering.limits, limits);
	}

	/** The twin's handler. */
	readonly handle: TwinHandler = async (request, context) => {
		if (request.path.startsWith('/identity/')) {
			return answerIdentity(request, this.tokens, context.now());
		}
		if (isFlowStepCallback(request)) return answerFlowStepCallback(request, this.instance);
		if (request.path.length + request.rawQuery.length + 1 > MAX_URI_BYTES) {
			return plainHttp(414, 'Request-URI Too Large');
		}
		const bulk = request.path.startsWith('/bulk/');
		if (request.body.length > (bulk ? MAX_FILE_BYTES : MAX_BODY_BYTES)) {
			return plainHttp(413, 'Request Entity Too Large');
		}
		return await this.answerRest(withQueryOfForm(request), context);
	};

	private async answerRest(request: TwinRequest, context: TwinContext): Promise<TwinResponse> {
		const requestId = newRequestId(context.now(), this.random);
		const failed = request.path.startsWith('/rest/asset/') ? failAsset : fail;
		let client: ApiClient;
		try {
			client = this.clientOf(request, context.now());
			this.metering.admit(context.now(), context.inFlight());
		} catch (error) {
			if (!(error instanceof CallFailure)) throw error;
			this.metering.countRefused(context.now(), error.reason.code);
			return failed(requestId, error.reason);
		}
		const { latencyMs } = this.behaviour;
		if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
		try {
			this.instance.settleJobs(context.now());
			const admitted: Admitted = { ...context, requestId, client };
			const answer = await this.router.handle(request, admitted);
			this.metering.count(context.now(), client.user, undefined);
			return answer;
		} catch (error) {
			if (!(error instanceof CallFailure)) throw error;
			this.metering.count(context.now(), client.user, error.reason.code);
			return failed(requestId, error.reason);
		}
	}

	private readonly register: Register = (method, pattern, permissions, operation) => {
		const envelope = pattern.startsWith('/rest/asset/') ? succeedAsset : succeed;
		this.router.route(method, pattern, async (request, context) => {
			const { requestId, client } = context as Admitted;
			if (permissions.length > 0 && !permissions.some((one) => client.permissions.has(one))) {
				throw new CallFailure('603');
			}
			const call: Call = {
				request,
				context,
				client,
				requestId,
				now: context.now(),
				instance: this.instance,
				behaviour: this.behaviour,
				tokens: this.paging,
				metering: this.metering,
				recordFault: async (...ids) => await this.recordFault(context, ids),
			};
			const answer = await operation(call);
			return answer.raw ?? envelope(requestId, answer);
		});
	};

	private clientOf(request: TwinRequest, now: number): ApiClient {
		const header = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
		const inQuery =
			this.behaviour.tokenInQuery === 'accepted' ? request.query.get('access_token') : null;
		const token = header ?? inQuery;
		if (!token) throw new CallFailure('603');
		return this.tokens.clientOf(token, now);
	}

	private async recordFault(
		context: TwinContext,
		ids: readonly unknown[],
	): Promise<Reason | undefined> {
		for (const id of ids) {
			if (id === undefined || id === null || !this.faultNames(String(id))) continue;
			const fault = await context.fault({ id: String(id) });
			if (fault) return reason(fault.code ?? '611', fault.message);
		}
		return undefined;
	}
}

/**
 * `_method` in query or form replaces POST, and a form body then is the query: how long queries
 * are sent.
 */
function withQueryOfForm(request: TwinRequest): TwinRequest {
	if (request.method !== 'POST') return request;
	const isForm = /x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
	const form = new URLSearchParams(isForm ? request.text() : '');
	const method = request.query.get('_method') ?? form.get('_method');
	if (!method) return request;
	const query = new URLSearchParams(request.query);
	for (const [name, value] of form) query.append(name, value);
	return { ...request, method: method.toUpperCase(), query };
}
