import type { ICredentialDataDecryptedObject, IHttpRequestHelper } from 'n8n-workflow';

import type { Probe } from '../apis/marketo/permissions';
import { TIMEOUT_MS } from '../apis/marketo/transport/limits';
import { parseBody } from '../apis/wire/json';
import { withMarketoToken } from './marketoRequest';

/** Asks Marketo a question with the credential's token; undefined where no answer came. */
export function probeOver(
	helpers: IHttpRequestHelper['helpers'],
	credentials: ICredentialDataDecryptedObject,
): (probe: Probe) => Promise<unknown> {
	return async ({ method, path, body }) => {
		const request = withMarketoToken(credentials, {
			method,
			url: path,
			headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
			body: body && JSON.stringify(body),
			json: false,
			encoding: 'text',
			timeout: TIMEOUT_MS.usual,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		});
		const answer = (await helpers.httpRequest(request).catch(() => undefined)) as
			| { body: unknown }
			| undefined;
		return parseBody(answer?.body);
	};
}
