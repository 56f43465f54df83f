import { wellFormed } from './wellFormed';

/**
 * Appends query parameters to a URL, percent-encoded; undefined values are left out. The signs that
 * both vendors show bare in their own links (`$ , : ( ) '`) stay readable, everything else that could
 * end a value or start another one is encoded.
 */
export function withQuery(
	url: string,
	query?: Record<string, string | number | undefined>,
): string {
	if (!query) return url;
	const pairs = Object.entries(query)
		.filter((pair): pair is [string, string | number] => pair[1] !== undefined)
		.map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
	if (pairs.length === 0) return url;
	return url + (url.includes('?') ? '&' : '?') + pairs.join('&');
}

function encode(text: string): string {
	return encodeURIComponent(wellFormed(text))
		.replace(/%24/g, '$')
		.replace(/%2C/g, ',')
		.replace(/%3A/g, ':');
}
