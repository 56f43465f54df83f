import type { IHttpRequestHelper } from 'n8n-workflow';

import type { SignInWire } from '../apis/marketo/transport/signIn';

/** Sends a sign-in request over n8n's own helper; every HTTP status is an answer. */
export function identityPost(helpers: IHttpRequestHelper['helpers']): SignInWire['post'] {
	return async ({ url, headers, body, timeoutMs }) => {
		const answer = (await helpers.httpRequest({
			method: 'POST',
			url,
			headers,
			body,
			timeout: timeoutMs,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		})) as { statusCode: number; body: unknown };
		return { status: answer.statusCode, body: answer.body };
	};
}
