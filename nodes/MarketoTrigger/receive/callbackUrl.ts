/** Domains under which Adobe has the callbacks of flow steps. */
const ADOBE = ['marketo.com', 'mktorest.com', 'adobe.io', 'adobe.com'];

/**
 * Whether answers may be sent there: to Adobe over TLS, or to the very place that the Marketo credential
 * names. Anything else could be an inner address that a call wants to reach through n8n.
 */
export function isCallbackUrl(text: string, marketoEndpoint: string): boolean {
	const url = parsed(text);
	if (!url || url.username !== '' || url.password !== '') return false;
	const own = parsed(marketoEndpoint);
	if (own && url.origin === own.origin) return url.protocol === 'https:' || isThisMachine(url);
	if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443')) return false;
	return ADOBE.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`));
}

function isThisMachine({ protocol, hostname }: URL): boolean {
	return protocol === 'http:' && hostname === '127.0.0.1';
}

function parsed(text: string): URL | undefined {
	return URL.canParse(text) ? new URL(text) : undefined;
}
