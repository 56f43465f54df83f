import { MicrosoftDynamics365Api } from '../../../../credentials/MicrosoftDynamics365Api.credentials';
import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import type { DynamicsTwin } from '../../../twins/dynamics';
import type { ContextOptions, StoredCredential } from '../support/n8nContext';

/** The credential of the twin's application user, as a person would have filled it in. */
export function twinCredential(
	twin: DynamicsTwin,
	more: Record<string, string> = {},
): StoredCredential {
	return {
		type: new MicrosoftDynamics365Api(),
		data: {
			environmentUrl: twin.url,
			signInWith: 'clientSecret',
			tenantId: twin.tenantId,
			clientId: twin.clientId,
			clientSecret: twin.clientSecret,
			cloud: 'custom',
			authorityUrl: '',
			tokenUrl: twin.tokenUrl,
			accessToken: '',
			tokenExpiresAt: '',
			...more,
		},
	};
}

/** What a run of the node needs, with the parameters of one operation. */
export function dynamicsNode(
	credential: StoredCredential,
	parameters: ContextOptions['parameters'],
	more: Partial<ContextOptions> = {},
): ContextOptions {
	return { nodeType: new MicrosoftDynamics365(), credential, parameters, ...more };
}
