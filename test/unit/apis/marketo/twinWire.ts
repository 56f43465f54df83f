import type { Marketo } from '../../../../apis/marketo/client';
import { subscriptionOf } from '../../../../apis/marketo/transport/endpoint';
import { newMetadataCache } from '../../../../apis/marketo/metadataCache';
import { signInToMarketo, type MarketoToken } from '../../../../apis/marketo/transport/signIn';
import { parseBody } from '../../../../apis/wire/json';
import { withQuery } from '../../../../apis/wire/queryString';
import { NoAnswer, type WireAnswer, type WireRequest } from '../../../../apis/wire/wire';
import type { MarketoTwin } from '../../../twins/marketo';

type Twin = Pick<MarketoTwin, 'url' | 'clientId' | 'clientSecret'>;

/** Marketo over real HTTP to the twin; waits are not waited for but make the twin's clock go on. */
export function twinMarketo(twin: Twin): Marketo {
	let token: MarketoToken | undefined;
	const signIn = async (): Promise<MarketoToken> =>
		await signInToMarketo(
			{
				post: async (request) => await sendHttp(request.url, request),
				now: () => Date.now(),
				sleep: async () => {},
			},
			{ endpoint: twin.url, clientId: twin.clientId, clientSecret: twin.clientSecret },
		);
	return {
		subscription: subscriptionOf(twin.url),
		metadata: newMetadataCache(),
		callsADay: 50_000,
		wire: {
			async send(request, { freshToken = false } = {}) {
				if (!token || freshToken) token = await signIn();
				const headers = { ...request.headers, Authorization: `Bearer ${token.accessToken}` };
				return await sendHttp(twin.url + request.url, { ...request, headers });
			},
			now: () => Date.now(),
			sleep: async (milliseconds) => {
				await admin(twin, 'POST', 'clock', { advanceSeconds: Math.ceil(milliseconds / 1_000) });
			},
			random: () => 0.5,
			pace: { take: async () => {} },
		},
	};
}

/** The twin's own controls under `/__twin/`. */
export async function admin<Answer>(
	twin: Pick<Twin, 'url'>,
	method: 'GET' | 'POST' | 'DELETE',
	path: string,
	body?: object,
): Promise<Answer> {
	const answer = await fetch(`${twin.url}/__twin/${path}`, {
		method,
		...(body
			? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
			: {}),
	});
	if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as Answer;
}

async function sendHttp(url: string, request: WireRequest): Promise<WireAnswer> {
	const { method, headers, query, body } = request;
	const isText = typeof body === 'string';
	try {
		const answer = await fetch(withQuery(url, query), {
			method,
			headers: { ...(body && !isText ? { 'Content-Type': 'application/json' } : {}), ...headers },
			...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
		});
		return {
			status: answer.status,
			headers: Object.fromEntries(answer.headers),
			body: parseBody(await answer.text()),
		};
	} catch (cause) {
		throw new NoAnswer(String(cause), 'maybe');
	}
}
