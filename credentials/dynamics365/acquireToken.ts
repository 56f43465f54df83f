import {
	ConfidentialClientApplication,
	PublicClientApplication,
	type AuthenticationResult,
	type Configuration,
} from '@azure/msal-node';
import type { IHttpRequestHelper } from 'n8n-workflow';

import { environmentOrigin } from '../../apis/dataverse/transport/environment';
import { SignInFailed } from '../../apis/wire/signIn';
import { authorityConfig } from './authority';
import type { Dynamics365CredentialData } from './credentialData';
import { n8nNetwork } from './network';
import { clientCertificate } from './pem';
import { signInProblem } from './signInProblem';

/** A token as the credential keeps it. */
export interface Token {
	accessToken: string;
	/** Milliseconds since the epoch. */
	tokenExpiresAt: number;
}

/**
 * Signs in and gets a token for the environment, by MSAL over n8n's HTTP helper. MSAL's own cache is not
 * used: n8n keeps the token, encrypted, and asks here only when it needs a new one.
 *
 * @throws SignInFailed
 */
export async function acquireToken(
	helper: IHttpRequestHelper,
	data: Dynamics365CredentialData,
): Promise<Token> {
	const origin = environmentOrigin(data.environmentUrl);
	const network = n8nNetwork(helper);
	const config: Configuration = {
		auth: { clientId: required(data.clientId, 'Client ID'), ...authorityConfig(data) },
		system: { networkClient: network },
	};
	const result = await signIn(config, data, origin).catch((error: unknown) => {
		throw signInProblem(error, network.failure);
	});
	if (!result?.accessToken) {
		throw new SignInFailed('The sign-in returned no token', 'Check the fields of the credential');
	}
	return {
		accessToken: result.accessToken,
		tokenExpiresAt: result.expiresOn?.getTime() ?? 0,
	};
}

async function signIn(
	config: Configuration,
	data: Dynamics365CredentialData,
	origin: string,
): Promise<AuthenticationResult | null> {
	switch (data.signInWith) {
		case 'certificate': {
			const certificate = clientCertificate(
				data.certificate ?? '',
				data.privateKey ?? '',
				data.passphrase,
			);
			const app = new ConfidentialClientApplication({
				...config,
				auth: { ...config.auth, clientCertificate: certificate },
			});
			return await app.acquireTokenByClientCredential({ scopes: [`${origin}/.default`] });
		}
		case 'password': {
			const request = {
				scopes: [`${origin}/user_impersonation`],
				username: required(data.username, 'User Name'),
				password: requiredSecret(data.password, 'Password'),
			};
			const clientSecret = data.clientSecret?.trim();
			const app = clientSecret
				? new ConfidentialClientApplication({ ...config, auth: { ...config.auth, clientSecret } })
				: new PublicClientApplication(config);
			return await app.acquireTokenByUsernamePassword(request);
		}
		default: {
			const clientSecret = required(data.clientSecret, 'Client Secret');
			const app = new ConfidentialClientApplication({
				...config,
				auth: { ...config.auth, clientSecret },
			});
			return await app.acquireTokenByClientCredential({ scopes: [`${origin}/.default`] });
		}
	}
}

function required(value: string | undefined, field: string): string {
	const trimmed = value?.trim();
	if (trimmed) return trimmed;
	throw new SignInFailed(`The field '${field}' is empty`, `Fill in '${field}' in the credential`);
}

/** A password may begin or end with a space, so it is not trimmed. */
function requiredSecret(value: string | undefined, field: string): string {
	if (value) return value;
	throw new SignInFailed(`The field '${field}' is empty`, `Fill in '${field}' in the credential`);
}
