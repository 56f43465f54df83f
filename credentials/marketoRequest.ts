import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { marketoEndpoint } from '../apis/marketo/transport/endpoint';
import { ForeignLink } from '../apis/wire/links';
import { addressOf } from './requestAddress';

/**
 * The request with the access token in its header. A request without a host of its own goes to the
 * credential's endpoint; one to another host, or without TLS, is refused, since the token would go there.
 *
 * @throws ForeignLink, UnusableEndpoint
 */
export function withMarketoToken(
	credentials: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): IHttpRequestOptions {
	const endpoint = marketoEndpoint(String(credentials.endpoint ?? ''));
	const { baseURL: _replaced, ...rest } = request;
	const { name, address } = addressOf(request);
	const absolute = /^[a-z]+:\/\//i.test(address);
	const url = absolute ? address : endpoint + '/' + address.replace(/^\/+/, '');
	if (new URL(url).origin !== new URL(endpoint).origin) {
		throw new ForeignLink(new URL(url).origin, new URL(endpoint).origin);
	}
	return {
		...rest,
		[name]: url,
		headers: { ...request.headers, Authorization: `Bearer ${String(credentials.accessToken)}` },
	};
}
