import { parseBody } from '../../apis/wire/json';
import { withQuery } from '../../apis/wire/queryString';
import type { Wire } from '../../apis/wire/wire';
import type { TwinsLine } from '../e2e/harness/twins';

/** Dynamics over plain HTTP to the twin, without n8n: signed in once, and nobody asks for patience. */
export function twinWire({ url, tokenUrl, clientId, clientSecret }: TwinsLine['dynamics']): Wire {
	let token: Promise<string> | undefined;
	const signIn = async () => {
		const grant = {
			grant_type: 'client_credentials',
			client_id: clientId,
			client_secret: clientSecret,
			scope: `${url}/.default`,
		};
		const answer = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(grant) });
		return ((await answer.json()) as { access_token: string }).access_token;
	};
	return {
		send: async ({ method, url: address, headers, query, body }) => {
			token ??= signIn();
			const isText = typeof body === 'string';
			const answer = await fetch(withQuery(address, query), {
				method,
				headers: {
					authorization: `Bearer ${await token}`,
					...(body && !isText && { 'content-type': 'application/json' }),
					...headers,
				},
				body: body === undefined ? undefined : isText ? body : JSON.stringify(body),
			});
			return {
				status: answer.status,
				headers: Object.fromEntries(answer.headers),
				body: parseBody(await answer.text()),
			};
		},
		now: () => Date.now(),
		sleep: async () => {},
		random: () => 0.5,
		pace: { take: async () => {} },
	};
}
