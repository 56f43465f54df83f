import { isObject, parseBody } from '../../wire/json';
import { SignInFailed } from '../../wire/signIn';
import { couldNotReach } from '../../wire/unreachable';
import type { WireRequest } from '../../wire/wire';
import { marketoEndpoint, UnusableEndpoint } from './endpoint';
import { TIMEOUT_MS } from './limits';

/** What a custom service of Marketo (Admin > LaunchPoint) is known by. */
export interface MarketoService {
	/** As pasted; see `marketoEndpoint`. */
	endpoint: string;
	clientId: string;
	clientSecret: string;
}

export interface MarketoToken {
	accessToken: string;
	/** Milliseconds since the epoch. */
	expiresAt: number;
}

/** How to reach the identity service; rejects where no answer came. */
export interface SignInWire {
	post(request: WireRequest): Promise<{ status: number; body: unknown }>;
	now(): number;
	sleep(milliseconds: number): Promise<void>;
}

/** Marketo hands out its present token until it ends; with less left than this it is not worth having. */
const TOO_SHORT_SECONDS = 5;

/**
 * An access token of Marketo's identity service (client credentials). The secret goes in the body of
 * the request, so that no log of addresses ever holds it.
 *
 * @throws SignInFailed in plain words, without anything that the service said
 */
export async function signInToMarketo(
	wire: SignInWire,
	service: MarketoService,
): Promise<MarketoToken> {
	const endpoint = endpointOf(service);
	let asked = await askForToken(wire, service, endpoint);
	if (asked.seconds <= TOO_SHORT_SECONDS) {
		await wire.sleep((asked.seconds + 1) * 1_000);
		asked = await askForToken(wire, service, endpoint);
	}
	const { accessToken, seconds, askedAt } = asked;
	return { accessToken, expiresAt: askedAt + seconds * 1_000 };
}

function endpointOf({ endpoint }: MarketoService): string {
	try {
		return marketoEndpoint(endpoint);
	} catch (cause) {
		if (cause instanceof UnusableEndpoint) throw new SignInFailed(cause.message, cause.remedy);
		throw cause;
	}
}

async function askForToken(
	wire: SignInWire,
	service: MarketoService,
	endpoint: string,
): Promise<{ accessToken: string; seconds: number; askedAt: number }> {
	const askedAt = wire.now();
	const { status, body } = await post(wire, service, endpoint);
	const answer = parseBody(body);
	if (isObject(answer) && typeof answer.access_token === 'string' && answer.access_token !== '') {
		// Zero has been seen: the token ends this very second.
		const seconds = Number(answer.expires_in);
		return { accessToken: answer.access_token, seconds: seconds > 0 ? seconds : 0, askedAt };
	}
	throw refusal(status, isObject(answer) && 'error' in answer, endpoint);
}

async function post(
	wire: SignInWire,
	{ clientId, clientSecret }: MarketoService,
	endpoint: string,
): Promise<{ status: number; body: unknown }> {
	const form = new URLSearchParams({
		grant_type: 'client_credentials',
		client_id: clientId.trim(),
		client_secret: clientSecret.trim(),
	});
	try {
		return await wire.post({
			method: 'POST',
			url: `${endpoint}/identity/oauth/token`,
			headers: {
				'Content-Type': 'application/x-www-form-urlencoded',
				Accept: 'application/json',
			},
			body: form.toString(),
			timeoutMs: TIMEOUT_MS.usual,
		});
	} catch (error) {
		// The cause may quote the request, and with it the secret: it is not passed on.
		throw new SignInFailed(
			couldNotReach(new URL(endpoint).host, error),
			'Check the endpoint, and whether this n8n may reach it; if both are right, try again later',
			true,
		);
	}
}

function refusal(status: number, saysError: boolean, endpoint: string): SignInFailed {
	if (status >= 500 || status === 429) {
		return new SignInFailed('The sign-in of Marketo is not available', 'Try again later', true);
	}
	if (status === 401 || saysError) {
		return new SignInFailed(
			'Marketo does not accept the client ID and client secret',
			'Copy both again from Marketo, Admin > LaunchPoint, your custom service, View Details; make sure that the endpoint belongs to the same subscription',
		);
	}
	return new SignInFailed(
		`There is no Marketo sign-in at ${endpoint} (HTTP ${status})`,
		'Check the endpoint: Marketo, Admin > Integration > Web Services, REST API',
	);
}
