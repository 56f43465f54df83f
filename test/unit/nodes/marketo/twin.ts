import { MarketoApi } from '../../../../credentials/MarketoApi.credentials';
import type { MarketoTwin } from '../../../twins/marketo';
import type { StoredCredential } from '../support/n8nContext';

/** The credential of the twin's API user, as a person would have filled it in. */
export function marketoCredential(
	{ url, clientId, clientSecret }: Pick<MarketoTwin, 'url' | 'clientId' | 'clientSecret'>,
	more: Record<string, string> = {},
): StoredCredential {
	return {
		type: new MarketoApi(),
		data: { endpoint: url, clientId, clientSecret, accessToken: '', tokenExpiresAt: '', ...more },
	};
}
