import {
	NodeOperationError,
	sleep,
	type ICredentialDataDecryptedObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IHttpRequestOptions,
	type ILoadOptionsFunctions,
	type INode,
	type IN8nHttpFullResponse,
	type IPollFunctions,
	type ITriggerFunctions,
	type IWebhookFunctions,
} from 'n8n-workflow';

import { isObject, parseBody } from '../../apis/wire/json';
import { noAnswerFor } from '../../apis/wire/noAnswer';
import { withQuery } from '../../apis/wire/queryString';
import { isSignInFailed } from '../../apis/wire/signIn';
import {
	Cancelled,
	NoAnswer,
	UNPACED,
	type Pace,
	type Send,
	type Wire,
	type WireAnswer,
	type WireRequest,
} from '../../apis/wire/wire';

/** Every n8n context that can send an authenticated request. */
export type WireContext =
	| IExecuteFunctions
	| ILoadOptionsFunctions
	| ITriggerFunctions
	| IPollFunctions
	| IHookFunctions
	| IWebhookFunctions;

export interface WireOptions {
	pace?: Pace;
	/** What a URL that starts with "/" is put behind. */
	baseUrl?: (credential: ICredentialDataDecryptedObject) => string;
}

/** A token that ends within this time is renewed before the call, not after its refusal. */
const RENEW_BEFORE_END_MS = 60_000;

/** Longer than n8n's own time-out, which counts silence, not the whole of a slow answer. */
const DEADLINE_GRACE_MS = 1_000;

/**
 * The vendor's wire over n8n's own HTTP helper, so that proxies, allowed domains and n8n's guard
 * against inner addresses hold. Signs in with the named credential, keeps its token fresh, and honors
 * the execution's cancellation.
 *
 * `send` also rejects with `SignInFailed` where no token could be had.
 */
export async function createWire(
	context: WireContext,
	credentialType: string,
	options: WireOptions = {},
): Promise<Wire> {
	const credential = await chosenCredential(context, credentialType);
	const baseUrl = options.baseUrl?.(credential) ?? '';
	const signal = cancelSignalOf(context);
	return {
		send: sender(context, credentialType, credential, baseUrl, signal),
		now: () => Date.now(),
		sleep: async (milliseconds) => await cancellableSleep(milliseconds, signal),
		random: Math.random,
		pace: options.pace ?? UNPACED,
	};
}

const CREDENTIAL_NAMES: Record<string, string> = {
	marketoApi: 'Marketo API',
	microsoftDynamics365Api: 'Microsoft Dynamics 365 API',
};

/** Where none is chosen n8n says no more than that: people are told where to choose one. */
async function chosenCredential(
	context: WireContext,
	type: string,
): Promise<ICredentialDataDecryptedObject> {
	try {
		return await context.getCredentials<ICredentialDataDecryptedObject>(type);
	} catch (error) {
		const node = context.getNode();
		const name = CREDENTIAL_NAMES[type];
		throw name && !node.credentials?.[type] ? noneChosen(node, name) : error;
	}
}

function noneChosen(node: INode, name: string): NodeOperationError {
	return new NodeOperationError(
		node,
		`No ${name} credential is chosen: open "${node.name}" and choose or create one; n8n then fills in the other steps`,
		{ description: 'Without one there is no sign-in' },
	);
}

function sender(
	context: WireContext,
	credentialType: string,
	credential: ICredentialDataDecryptedObject,
	baseUrl: string,
	signal: AbortSignal | undefined,
): Send {
	return async (request, { freshToken = false } = {}) => {
		if (signal?.aborted) throw new Cancelled();
		// An empty token makes n8n fetch, use and store a new one. The object stays ours, so the new
		// token is in it for the next call.
		if (freshToken || endsSoon(credential)) credential.accessToken = '';
		const call = context.helpers.httpRequestWithAuthentication.call(
			context,
			credentialType,
			requestOptions(request, baseUrl),
			{ credentialsDecrypted: { id: '', name: '', type: credentialType, data: credential } },
		) as Promise<IN8nHttpFullResponse>;
		return await withDeadline(call, request.timeoutMs + DEADLINE_GRACE_MS).then(
			answerOf,
			(error: unknown) => {
				if (signal?.aborted) throw new Cancelled();
				return answerOrReject(error);
			},
		);
	};
}

function requestOptions(request: WireRequest, baseUrl: string): IHttpRequestOptions {
	const url = request.url.startsWith('/') ? baseUrl.replace(/\/+$/, '') + request.url : request.url;
	const headers = { ...request.headers };
	let body: string | undefined;
	if (typeof request.body === 'string') {
		body = request.body;
	} else if (request.body !== undefined) {
		body = JSON.stringify(request.body);
		const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
		if (!named) headers['Content-Type'] = 'application/json; charset=utf-8';
	}
	return {
		method: request.method,
		url: withQuery(url, request.query),
		headers,
		body,
		json: false,
		encoding: 'text',
		timeout: request.timeoutMs,
		returnFullResponse: true,
		// 401 stays an error, since that is what makes n8n renew the token and send once more.
		ignoreHttpStatusErrors: { ignore: true, except: [401] },
		// Neither vendor redirects its API; a redirect would carry our token elsewhere.
		disableFollowRedirect: true,
	};
}

function endsSoon(credential: ICredentialDataDecryptedObject): boolean {
	const endsAt = Number(credential.tokenExpiresAt);
	if (!credential.accessToken || !Number.isFinite(endsAt) || endsAt <= 0) return false;
	return endsAt - Date.now() < RENEW_BEFORE_END_MS;
}

function answerOf(response: { statusCode: number; headers: unknown; body: unknown }): WireAnswer {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(isObject(response.headers) ? response.headers : {})) {
		if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value);
	}
	return { status: response.statusCode, headers, body: parseBody(response.body) };
}

/** The refused 401 comes as an error; everything else that is thrown had no answer at all. */
function answerOrReject(error: unknown): WireAnswer {
	if (error instanceof NoAnswer) throw error;
	for (const layer of layersOf(error)) {
		if (isSignInFailed(layer)) {
			if (layer.transient) throw new NoAnswer(layer.reason, 'no', 'SIGN_IN_UNAVAILABLE');
			throw layer;
		}
		const response = layer.response;
		if (isObject(response) && typeof response.status === 'number') {
			return answerOf({
				statusCode: response.status,
				headers: response.headers,
				body: response.data,
			});
		}
	}
	throw withoutAnswer(error);
}

function withoutAnswer(error: unknown): NoAnswer {
	const message = error instanceof Error ? error.message : String(error);
	for (const layer of layersOf(error)) {
		if (typeof layer.code === 'string' && /^[A-Z][A-Z_\d]+$/.test(layer.code)) {
			return noAnswerFor({
				code: layer.code,
				syscall: typeof layer.syscall === 'string' ? layer.syscall : undefined,
				message,
			});
		}
	}
	// No socket was involved: n8n itself did not let the request out (allowed domains, inner address).
	return new NoAnswer(message, 'no', 'NOT_ALLOWED');
}

function* layersOf(error: unknown): Generator<Error & Record<string, unknown>> {
	const seen = new Set<unknown>();
	for (let layer = error; layer instanceof Error && !seen.has(layer); layer = layer.cause) {
		seen.add(layer);
		yield layer as Error & Record<string, unknown>;
	}
}

async function withDeadline<Result>(call: Promise<Result>, milliseconds: number): Promise<Result> {
	const over = new AbortController();
	const deadline = sleep(milliseconds, over.signal).then(
		() => {
			throw new NoAnswer(
				`No answer within ${Math.round(milliseconds / 1000)} s`,
				'maybe',
				'ETIMEDOUT',
			);
		},
		// Stopped because the call ended first; the race is over by then.
		async () => await call,
	);
	try {
		return await Promise.race([call, deadline]);
	} finally {
		over.abort();
		deadline.catch(() => {});
		call.catch(() => {});
	}
}

/** A timer of Node that is set for longer (24.8 days) ends at once. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** Rejects with `Cancelled` when the execution is stopped meanwhile. */
export async function sleepIn(context: WireContext, milliseconds: number): Promise<void> {
	await cancellableSleep(milliseconds, cancelSignalOf(context));
}

async function cancellableSleep(
	milliseconds: number,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (signal?.aborted) throw new Cancelled();
	await sleep(Math.min(milliseconds, LONGEST_SLEEP_MS), signal).catch(() => {
		throw new Cancelled();
	});
}

function cancelSignalOf(context: WireContext): AbortSignal | undefined {
	return 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
}
