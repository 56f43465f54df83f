/** A link in an answer points to another host than the one we were told to talk to. */
export class ForeignLink extends Error {
	constructor(host: string, expectedHost: string) {
		super(`The answer points to ${host}, but only ${expectedHost} may get our token`);
		this.name = 'ForeignLink';
	}
}

/**
 * Gives back a next link of an answer, unchanged, after making sure that it stays on the vendor's own
 * scheme, host and port: the token goes wherever we follow it.
 *
 * @param alsoAllowed further origins that are the same service, e.g. the host without `.api.`
 * @throws ForeignLink
 */
export function ownLink(link: string, baseUrl: string, alsoAllowed: string[] = []): string {
	const expected = new URL(baseUrl);
	let target: URL;
	try {
		target = new URL(link);
	} catch {
		throw new ForeignLink('an unreadable address', expected.host);
	}
	const origins = [baseUrl, ...alsoAllowed].map((url) => new URL(url).origin);
	if (!origins.includes(target.origin)) throw new ForeignLink(target.host, expected.host);
	return link;
}
