import { seededGuid } from '../../chassis';
import { CallFailure } from '../errors';
import { CLIENTS, type ApiClient } from './clients';

const LIFE_MS = 3_600_000;

interface Token {
	readonly value: string;
	readonly client: ApiClient;
	expiresAt: number;
}

/** Access tokens: one per service, the same one until it expires. */
export class Tokens {
	private readonly current = new Map<string, Token>();
	private readonly all = new Map<string, Token>();

	constructor(private readonly random: () => number) {}

	/** The service's token; a new one when there is none or the old one has expired. */
	issue(client: ApiClient, now: number): { readonly value: string; readonly expiresIn: number } {
		let token = this.current.get(client.clientId);
		if (!token || token.expiresAt <= now) {
			token = { value: `${seededGuid(this.random)}:tw`, client, expiresAt: now + LIFE_MS - 1 };
			this.current.set(client.clientId, token);
			this.all.set(token.value, token);
		}
		return { value: token.value, expiresIn: Math.floor((token.expiresAt - now) / 1000) };
	}

	/**
	 * Whose token it is.
	 * @throws CallFailure 601, 602
	 */
	clientOf(value: string, now: number): ApiClient {
		const token = this.all.get(value);
		if (!token) throw new CallFailure('601');
		if (token.expiresAt <= now) throw new CallFailure('602');
		return token.client;
	}

	expireAll(): void {
		for (const token of this.all.values()) token.expiresAt = 0;
	}
}

/** The service with these credentials; says what is wrong otherwise. */
export function authenticate(
	clientId: string | null,
	clientSecret: string | null,
): ApiClient | { readonly error: string; readonly error_description: string } {
	const client = CLIENTS.find((one) => one.clientId === clientId);
	if (!client) {
		return {
			error: 'unauthorized',
			error_description: `No client with requested id: ${clientId ?? ''}`,
		};
	}
	if (client.clientSecret !== clientSecret) {
		return { error: 'unauthorized', error_description: 'Bad client credentials' };
	}
	return client;
}
