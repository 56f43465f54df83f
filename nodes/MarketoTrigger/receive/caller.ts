import { createHash, timingSafeEqual } from 'node:crypto';

/** The credential of incoming calls, as n8n keeps it. */
export interface IncomingSecret {
	authentication: 'apiKey' | 'basic';
	headerName?: string;
	apiKey?: string;
	user?: string;
	password?: string;
}

/** Fewer characters can be guessed by calling. */
const FEWEST = 16;

/** Name of the header that carries the key. */
export function headerName({ headerName }: IncomingSecret): string {
	return headerName?.trim() || 'x-api-key';
}

/** Whether a call shows the secret. Takes as long for a wrong one as for the right one. */
export function isKnownCaller(
	secret: IncomingSecret,
	headers: Record<string, string | string[] | undefined>,
): boolean {
	const weak = weakness(secret) !== undefined;
	if (secret.authentication === 'basic') {
		const pair = Buffer.from(`${secret.user ?? ''}:${secret.password ?? ''}`).toString('base64');
		return same(headers.authorization, `Basic ${pair}`) && !weak;
	}
	return same(headers[headerName(secret).toLowerCase()], secret.apiKey ?? '') && !weak;
}

function same(shown: string | string[] | undefined, kept: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(typeof shown === 'string' ? shown : ''), digest(kept));
}

/** In words, what is too weak about a secret; undefined when it will do. */
export function weakness(secret: IncomingSecret): string | undefined {
	if (secret.authentication === 'basic') {
		if (!secret.user?.trim()) return 'The user is missing';
		if (secret.user.includes(':')) return 'The user must not contain a colon';
		return tooShort('password', secret.password);
	}
	if (!/^[\w!#$%&'*+.^`|~-]+$/.test(headerName(secret)))
		return 'The header name contains characters that are not allowed in a header';
	return tooShort('API key', secret.apiKey);
}

function tooShort(what: string, text = ''): string | undefined {
	if (text.length >= FEWEST) return undefined;
	return text === ''
		? `The ${what} is missing`
		: `The ${what} is too short: use ${FEWEST} characters or more`;
}
