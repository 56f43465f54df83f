import { isObject } from './json';

/** What Node's codes of a broken connection mean, for a sentence that ends "…: it <words>". */
const WORDS: ReadonlyArray<[codes: RegExp, words: string]> = [
	[/^(ENOTFOUND|EAI_AGAIN|EAI_FAIL)$/, 'there is no host of this name'],
	[/^ECONNREFUSED$/, 'it refuses the connection'],
	[/^(ECONNRESET|EPIPE|ERR_SOCKET_CLOSED)$/, 'it closed the connection'],
	[/^(ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED)$/, 'it did not answer in time'],
	[/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/, 'it cannot be reached over the network'],
	[/^(EPROTO|ERR_SSL)/, 'it does not speak HTTPS'],
	[/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/, 'its certificate is not trusted'],
];

/** Without a code no connection was tried: n8n's allowed domains, or its guard against inner addresses. */
const NOT_LET_OUT = 'n8n blocks the request';

/**
 * `Could not reach contoso.crm4.dynamics.com: it refuses the connection`. Repeats nothing of the error
 * but its code, since errors of HTTP helpers quote requests.
 *
 * @param error what the HTTP helper rejected with where no answer came
 */
export function couldNotReach(host: string, error: unknown): string {
	const code = codeOf(error);
	const known = WORDS.find(([codes]) => codes.test(code));
	const why = known?.[1] ?? (code ? `the connection failed (${code})` : NOT_LET_OUT);
	return `Could not reach ${host}: ${why}`;
}

function codeOf(error: unknown): string {
	for (let layer = error; isObject(layer); layer = layer.cause) {
		const { code } = layer;
		if (typeof code === 'string' && /^[A-Z][A-Z_\d]{0,60}$/.test(code)) return code;
	}
	return '';
}
