import {
	sleep,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IHttpRequestHelper,
	type IHttpRequestOptions,
	type INodeProperties,
	type Icon,
} from 'n8n-workflow';

import { missingPermissions } from '../apis/marketo/permissions';
import { signInToMarketo } from '../apis/marketo/transport/signIn';
import { SignInFailed } from '../apis/wire/signIn';
import { identityPost } from './identityPost';
import { probeOver } from './marketoProbe';
import { withMarketoToken } from './marketoRequest';

/** Marks the request of n8n's credential test; never sent. */
const TEST = 'X-Credential-Test';

/** Codes that Marketo answers with HTTP 200, as the test tells them to people. */
const TEST_MESSAGES: Record<string, string> = {
	'601':
		'Signed in, but the token is not accepted. Check that the endpoint belongs to the same subscription as the client ID.',
	'602': 'Signed in, but the token has already expired. Test again in a minute.',
	'606': 'Signed in, but too many calls are being made right now. Test again in 20 seconds.',
	'607':
		"Signed in, but the subscription's daily number of API calls is used up. It starts again at midnight US Central time.",
	'615': 'Signed in, but too many calls are under way at once. Test again in a few seconds.',
};

/**
 * Marketo's REST API by client credentials of a custom service. The token goes in a header only, and
 * only to the endpoint's own host.
 */
export class MarketoApi implements ICredentialType {
	name = 'marketoApi';

	displayName = 'Marketo API';

	documentationUrl =
		'https://github.com/n8n-nodes-marketo-dynamics/n8n-nodes-marketo-dynamics/blob/main/docs/connect-marketo.md';

	icon: Icon = { light: 'file:../icons/marketo.svg', dark: 'file:../icons/marketo.dark.svg' };

	properties: INodeProperties[] = [
		{
			displayName: 'Endpoint',
			name: 'endpoint',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://123-ABC-456.mktorest.com',
			description:
				'The REST API endpoint of your subscription: in Marketo, Admin > Integration > Web Services, REST API. Any of its addresses will do, or just the Munchkin ID.',
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			required: true,
			description:
				'In Marketo, Admin > Integration > LaunchPoint: a new service of the kind Custom, with an API-only user; then View Details',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'From the same place as the client ID',
		},
		{
			displayName: 'Calls per Day',
			name: 'callsPerDay',
			type: 'number',
			typeOptions: { minValue: 1, numberPrecision: 0 },
			default: 50000,
			description:
				'How many API calls the subscription has in a day, for all programs together: in Marketo, Admin > Integration > Web Services. A sync stops before they are used up and continues by itself the next day.',
		},
		{
			displayName:
				"The role of the API user needs the permissions Read-Only Lead and Read-Write Lead, Read-Only Activity, and for sync results Read-Write Activity and Read-Only Activity Metadata. To run the operation 'Prepare' it also needs Read-Write Schema Custom Field and Read-Write Activity Metadata.",
			name: 'permissionsNotice',
			type: 'notice',
			default: '',
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
		{
			displayName: 'Missing Permissions',
			name: 'missingPermissions',
			type: 'hidden',
			default: '',
		},
	];

	/**
	 * n8n calls this when there is no token, after a 401, and for every test. What the role lacks is asked
	 * for and kept for `authenticate`, but not where a token is renewed in the course of work: calls are
	 * what people pay with.
	 */
	async preAuthentication(
		this: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
	): Promise<{ accessToken: string; tokenExpiresAt: string; missingPermissions?: string }> {
		const { accessToken, expiresAt } = await signInToMarketo(
			{ post: identityPost(this.helpers), now: () => Date.now(), sleep },
			{
				endpoint: String(credentials.endpoint ?? ''),
				clientId: String(credentials.clientId ?? ''),
				clientSecret: String(credentials.clientSecret ?? ''),
			},
		);
		const token = { accessToken, tokenExpiresAt: String(expiresAt) };
		const isRenewal = !credentials.accessToken && Boolean(credentials.tokenExpiresAt);
		if (isRenewal) return token;
		const ask = probeOver(this.helpers, { ...credentials, accessToken });
		return { ...token, missingPermissions: (await missingPermissions(ask)).join(', ') };
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const { [TEST]: isTest, ...headers } = requestOptions.headers ?? {};
		if (isTest && credentials.missingPermissions)
			throw lacking(String(credentials.missingPermissions));
		return withMarketoToken(credentials, { ...requestOptions, headers });
	}

	test: ICredentialTestRequest = {
		request: {
			// Put in order by `authenticate`, which knows all forms in which people paste it.
			baseURL: '={{ $credentials.endpoint }}',
			url: '/rest/v1/leads/describe.json',
			headers: { [TEST]: 'true' },
		},
		rules: [
			...Object.entries(TEST_MESSAGES).map(([code, message]) => ({
				type: 'responseSuccessBody' as const,
				properties: { key: 'errors[0].code', value: code, message },
			})),
			{
				type: 'responseSuccessBody',
				properties: {
					key: 'success',
					value: false,
					message: 'Signed in, but Marketo did not answer the test question. Test again later.',
				},
			},
			{
				type: 'responseSuccessBody',
				properties: {
					key: 'success',
					value: undefined,
					message:
						"What answers at this endpoint is not Marketo's REST API. Check the endpoint: Marketo, Admin > Integration > Web Services, REST API.",
				},
			},
		],
	};
}

function lacking(permissions: string): SignInFailed {
	return new SignInFailed(
		`Signed in, but the role of the API user lacks: ${permissions}`,
		'Select them in Marketo, Admin > Users & Roles > Roles > Access API; if they are selected already, add the address of this n8n to the IP allowlist',
	).inOneMessage();
}
