import { SignInFailed } from '../../wire/signIn';
import { isThisMachine } from '../../wire/thisMachine';

/** Version of the Web API that this package speaks. */
const API_VERSION = 'v9.2';

/**
 * The environment's own address out of whatever people paste: with or without `https://`, with the path
 * of the Web API, with the query of a page of the app, with the `.api.` host. Any region and cloud.
 *
 * @returns scheme, host and port, without a slash at the end
 * @throws SignInFailed where it is no address of an environment
 */
export function environmentOrigin(pasted: string): string {
	const trimmed = pasted.trim().replace(/^["'<]+|["'>]+$/g, '');
	const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
	let url: URL;
	try {
		url = new URL(withScheme);
	} catch {
		throw notAnEnvironment(trimmed);
	}
	const local = isThisMachine(url.hostname);
	if (!local && !/^[a-z\d-]+(\.[a-z\d-]+)+$/i.test(url.hostname)) throw notAnEnvironment(trimmed);
	if (url.protocol !== 'https:' && url.protocol !== 'http:') throw notAnEnvironment(trimmed);
	// A token must not travel in the clear, except to a stand-in on the same machine.
	const scheme = local ? url.protocol : 'https:';
	const host = local ? url.host : url.host.replace(/^([^.]+)\.api\.(?=crm)/i, '$1.');
	return `${scheme}//${host.toLowerCase()}`;
}

/** Root of the Web API below an origin of `environmentOrigin`, with a slash at the end. */
export function apiRoot(origin: string): string {
	return `${origin}/api/data/${API_VERSION}/`;
}

/** The origins that serve one environment: links in answers may name either. */
export function sameEnvironment(origin: string): string[] {
	const withApi = origin.replace(/^(https:\/\/[^./]+)\.(?=crm)/, '$1.api.');
	return withApi === origin ? [origin] : [origin, withApi];
}

function notAnEnvironment(pasted: string): SignInFailed {
	return new SignInFailed(
		pasted
			? `"${pasted.slice(0, 100)}" is not an environment URL`
			: 'The environment URL is missing',
		'Paste the address of the environment, e.g. https://contoso.crm4.dynamics.com',
	);
}
