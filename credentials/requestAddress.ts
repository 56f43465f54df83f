import type { IHttpRequestOptions } from 'n8n-workflow';

/**
 * Where a request goes, and by which name it says so: n8n's own *HTTP Request* node, with one of our credentials chosen
 * under *Predefined Credential Type*, still says `uri`, as the library did that n8n once sent with.
 */
export function addressOf(request: IHttpRequestOptions): { name: 'url' | 'uri'; address: string } {
	const { url, uri } = request as { url?: string; uri?: string };
	return url === undefined && uri !== undefined
		? { name: 'uri', address: uri }
		: { name: 'url', address: url ?? '' };
}
