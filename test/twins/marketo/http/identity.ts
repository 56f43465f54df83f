import type { TwinRequest, TwinResponse } from '../../chassis';
import { plainHttp } from './envelope';
import { authenticate, type Tokens } from './tokens';

const HEADERS = {
	'Content-Type': 'application/json;charset=UTF-8',
	'Cache-Control': 'no-store',
	Pragma: 'no-cache',
};

/** `GET|POST /identity/oauth/token`, credentials in the query or in a form body. */
export function answerIdentity(request: TwinRequest, tokens: Tokens, now: number): TwinResponse {
	if (request.path !== '/identity/oauth/token') return plainHttp(404, 'Not Found');
	if (request.method !== 'GET' && request.method !== 'POST') return plainHttp(405, 'Not Allowed');
	const form = new URLSearchParams(request.method === 'POST' ? request.text() : '');
	const value = (name: string) => request.query.get(name) ?? form.get(name);
	const client = authenticate(value('client_id'), value('client_secret'));
	if ('error' in client) return { status: 401, headers: HEADERS, body: client };
	const grantType = value('grant_type');
	if (grantType !== 'client_credentials') {
		const body = {
			error: 'unsupported_grant_type',
			error_description: `Unsupported grant type: ${grantType ?? ''}`,
		};
		return { status: 400, headers: HEADERS, body };
	}
	const token = tokens.issue(client, now);
	return {
		status: 200,
		headers: HEADERS,
		body: {
			access_token: token.value,
			token_type: 'bearer',
			expires_in: token.expiresIn,
			scope: client.user,
		},
	};
}
