import type { INetworkModule } from '@azure/msal-node';
import type { IHttpRequestHelper, IHttpRequestMethods, IN8nHttpFullResponse } from 'n8n-workflow';

import { isObject, parseBody } from '../../apis/wire/json';

/** MSAL's network over n8n's HTTP helper, and what went wrong below HTTP, which MSAL itself forgets. */
export interface N8nNetwork extends INetworkModule {
	failure?: unknown;
}

const TIMEOUT_MS = 30_000;

/**
 * Sends MSAL's requests through n8n, so that proxies, allowed domains and n8n's guard against inner
 * addresses hold. MSAL's own client would go round all three.
 */
export function n8nNetwork(helper: IHttpRequestHelper): N8nNetwork {
	const network: N8nNetwork = {
		sendGetRequestAsync: async (url, options) => await send(network, helper, 'GET', url, options),
		sendPostRequestAsync: async (url, options) => await send(network, helper, 'POST', url, options),
	};
	return network;
}

async function send<Body>(
	network: N8nNetwork,
	helper: IHttpRequestHelper,
	method: IHttpRequestMethods,
	url: string,
	options?: { headers?: Record<string, string>; body?: string },
): Promise<{ headers: Record<string, string>; body: Body; status: number }> {
	const response = (await helper.helpers
		.httpRequest({
			method,
			url,
			headers: options?.headers,
			body: options?.body,
			json: false,
			encoding: 'text',
			timeout: TIMEOUT_MS,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		})
		.catch((error: unknown) => {
			network.failure = error;
			throw error;
		})) as IN8nHttpFullResponse;
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(response.headers ?? {})) {
		headers[name.toLowerCase()] = String(value);
	}
	const body = parseBody(response.body);
	// MSAL writes into the body of a failure, so it has to be an object even where HTML came.
	const usable = isObject(body)
		? body
		: { error: 'not_json', error_description: `HTTP ${response.statusCode}` };
	return { headers, body: usable as Body, status: response.statusCode };
}
