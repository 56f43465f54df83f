import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { environmentOrigin, sameEnvironment } from '../apis/dataverse/transport/environment';
import { isSignInFailed, SignInFailed } from '../apis/wire/signIn';
import { acquireToken, type Token } from './dynamics365/acquireToken';
import { checkAccess } from './dynamics365/checkAccess';
import type { Dynamics365CredentialData } from './dynamics365/credentialData';
import { addressOf } from './requestAddress';

/** Signs in to one Dynamics 365 environment; n8n keeps the token, encrypted, until it runs out. */
export class MicrosoftDynamics365Api implements ICredentialType {
	name = 'microsoftDynamics365Api';

	displayName = 'Microsoft Dynamics 365 API';

	icon: Icon = {
		light: 'file:../icons/dynamics365.svg',
		dark: 'file:../icons/dynamics365.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-marketo-dynamics/n8n-nodes-marketo-dynamics/blob/main/docs/connect-dynamics.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment URL',
			name: 'environmentUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://contoso.crm4.dynamics.com',
			description: 'URL of the environment, in any form that you copy from the browser',
		},
		{
			displayName: 'Sign in With',
			name: 'signInWith',
			type: 'options',
			options: [
				{
					name: 'Certificate',
					value: 'certificate',
					description: 'As an application, with a certificate',
				},
				{
					name: 'Client Secret',
					value: 'clientSecret',
					description: 'As an application, with a client secret',
				},
				{
					name: 'User Name and Password (Legacy)',
					value: 'password',
					description:
						'As a user without a second factor. Microsoft advises against it; use it only where no application user can be created',
				},
			],
			default: 'clientSecret',
		},
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 9c0ffee0-1234-4321-abcd-0123456789ab',
			description: 'Directory (tenant) ID of the app registration, or a domain of the tenant',
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			required: true,
			description: 'Application (client) ID of the app registration',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: { show: { signInWith: ['clientSecret'] } },
			description: 'Value of the client secret, not its ID',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			displayOptions: { show: { signInWith: ['password'] } },
			description: 'Only needed where the app registration does not allow public client flows',
		},
		{
			displayName: 'Certificate',
			name: 'certificate',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			required: true,
			displayOptions: { show: { signInWith: ['certificate'] } },
			placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
			description: 'The certificate that was uploaded to the app registration, as PEM text',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			required: true,
			displayOptions: { show: { signInWith: ['certificate'] } },
			placeholder: 'e.g. -----BEGIN PRIVATE KEY-----',
			description: 'The private key of the certificate, as PEM text',
		},
		{
			displayName: 'Passphrase',
			name: 'passphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			displayOptions: { show: { signInWith: ['certificate'] } },
			description: 'Only needed where the private key is encrypted',
		},
		{
			displayName: 'User Name',
			name: 'username',
			type: 'string',
			default: '',
			required: true,
			displayOptions: { show: { signInWith: ['password'] } },
			placeholder: 'e.g. sync@contoso.com',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: { show: { signInWith: ['password'] } },
		},
		{
			displayName: 'Cloud',
			name: 'cloud',
			type: 'options',
			options: [
				{ name: 'China (21Vianet)', value: 'china' },
				{
					name: 'Other',
					value: 'custom',
					description: 'An authority or a token endpoint of your own',
				},
				{
					name: 'Public',
					value: 'public',
					description: 'Every commercial region, and US Government GCC',
				},
				{
					name: 'US Government (GCC High, DoD)',
					value: 'usGovernment',
				},
			],
			default: 'public',
		},
		{
			displayName: 'Authority',
			name: 'authorityUrl',
			type: 'string',
			default: '',
			displayOptions: { show: { cloud: ['custom'] } },
			placeholder: 'e.g. https://login.microsoftonline.com',
			description: 'Where to sign in. Leave empty for the public cloud.',
		},
		{
			displayName: 'Token Endpoint',
			name: 'tokenUrl',
			type: 'string',
			default: '',
			displayOptions: { show: { cloud: ['custom'] } },
			placeholder: 'e.g. https://login.example.com/tenant/oauth2/v2.0/token',
			description: 'Where to fetch the token. Leave empty to get it from the authority.',
		},
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
		{
			displayName: 'Token Expires At',
			name: 'tokenExpiresAt',
			type: 'hidden',
			typeOptions: { password: true },
			default: '',
		},
	];

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.environmentUrl }}',
			url: '/api/data/v9.2/WhoAmI',
			headers: { Accept: 'application/json', 'OData-Version': '4.0' },
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'The environment does not accept the token of this tenant. Check that environment URL and tenant belong together.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'The sign-in works, but the environment refuses the user. Create an application user for this client ID and give it a security role.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message: 'There is no Dynamics 365 environment at this URL.',
				},
			},
		],
	};

	/** n8n calls this when there is no token, after a 401, and for every test. */
	async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
		const data = credentials as unknown as Dynamics365CredentialData;
		const token = await signIn(this, data).catch((error: unknown) => {
			throw isSignInFailed(error) ? error.inOneMessage() : error;
		});
		return { accessToken: token.accessToken, tokenExpiresAt: String(token.tokenExpiresAt) };
	}

	/**
	 * Adds the token. A path goes to the environment, however its URL was pasted; another host is refused,
	 * since it would get the token.
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const origin = environmentOrigin(String(credentials.environmentUrl));
		const { baseURL: _pasted, ...options } = requestOptions;
		const { name, address } = addressOf(options);
		const url = /^https?:\/\//i.test(address) ? address : `${origin}${address}`;
		if (!sameEnvironment(origin).includes(new URL(url).origin)) {
			throw new SignInFailed(
				`This credential is for ${origin} and is not sent to ${new URL(url).host}`,
				'Use the URL of the environment',
			);
		}
		const headers = {
			...options.headers,
			Authorization: `Bearer ${String(credentials.accessToken)}`,
		};
		return { ...options, [name]: url, headers };
	}
}

async function signIn(helper: IHttpRequestHelper, data: Dynamics365CredentialData): Promise<Token> {
	const token = await acquireToken(helper, data);
	await checkAccess(helper, data.environmentUrl, token.accessToken);
	return token;
}
