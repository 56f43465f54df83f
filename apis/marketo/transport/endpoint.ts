import { isThisMachine } from '../../wire/thisMachine';

/** What was pasted cannot be the address of Marketo's REST API. `message` says why, `remedy` where to look. */
export class UnusableEndpoint extends Error {
	readonly remedy =
		'Copy the REST API endpoint from Marketo, Admin > Integration > Web Services; it looks like https://123-ABC-456.mktorest.com';

	constructor(why: string) {
		super(why);
		this.name = 'UnusableEndpoint';
	}
}

const MUNCHKIN_ID = /^\d{3}-[A-Z]{3}-\d{3}$/i;

/**
 * The base address of a subscription's REST API from whatever people paste: with `/rest` or
 * `/identity` behind it, with a slash at the end, without `https://`, or the Munchkin id alone.
 * `http://` stays for a stand-in on this machine alone: a secret must not travel in the clear.
 *
 * @returns e.g. `https://123-ABC-456.mktorest.com`, no slash at the end
 * @throws UnusableEndpoint
 */
export function marketoEndpoint(pasted: string): string {
	const text = pasted.trim().replace(/^["'<]+|["'>]+$/g, '');
	if (text === '') throw new UnusableEndpoint('The endpoint is empty');
	if (isMunchkinId(text)) return `https://${text.toUpperCase()}.mktorest.com`;
	const url = parse(text);
	if (/\.mktoapi\.com$/i.test(url.hostname)) {
		throw new UnusableEndpoint(`${url.hostname} is the address of the former SOAP API`);
	}
	if (/\.marketo\.com$/i.test(url.hostname)) {
		throw new UnusableEndpoint(`${url.hostname} is where people sign in, not the API`);
	}
	const scheme = isThisMachine(url.hostname) ? url.protocol : 'https:';
	const path = url.pathname.replace(/\/(rest|identity|bulk)(\/.*)?$/i, '').replace(/\/+$/, '');
	return `${scheme}//${url.host}${path}`;
}

/**
 * What tells a subscription from all others, for ever: its Munchkin ID, which begins the name of its REST host
 * (Adobe: Base URL). It survives a lost ledger and a renewed client. Where the name tells none (a stand-in, a
 * gateway), host, port and path.
 *
 * @param endpoint as from `marketoEndpoint`
 */
export function subscriptionOf(endpoint: string): string {
	const { host, pathname } = new URL(endpoint);
	const first = host.split('.')[0]!;
	return isMunchkinId(first) ? first.toUpperCase() : (host + pathname).replace(/\/$/, '');
}

export function isMunchkinId(text: string): boolean {
	return MUNCHKIN_ID.test(text);
}

function parse(text: string): URL {
	let url: URL;
	try {
		url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
	} catch {
		throw new UnusableEndpoint(`'${text}' is not a valid address`);
	}
	if (!['https:', 'http:'].includes(url.protocol)) {
		throw new UnusableEndpoint(`The address cannot begin with '${url.protocol}//'`);
	}
	if (url.username || url.password) {
		throw new UnusableEndpoint('The endpoint must not hold a user name or password');
	}
	return url;
}
