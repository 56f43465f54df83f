import type { ICredentialType, INodeProperties, Icon } from 'n8n-workflow';

/** What Marketo sends when it calls n8n: a key in a header, or user and password. */
export class MarketoIncomingCallsApi implements ICredentialType {
	name = 'marketoIncomingCallsApi';

	displayName = 'Marketo Incoming Calls API';

	documentationUrl =
		'https://github.com/n8n-nodes-marketo-dynamics/n8n-nodes-marketo-dynamics/blob/main/docs/flow-actions.md';

	icon: Icon = { light: 'file:../icons/marketo.svg', dark: 'file:../icons/marketo.dark.svg' };

	properties: INodeProperties[] = [
		{
			displayName:
				'Choose a secret here and enter the same one in Marketo. Anyone who has it can send people into your workflow.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{ name: 'API Key', value: 'apiKey', description: 'A key in a header of each call' },
				{ name: 'User and Password', value: 'basic', description: 'Basic authentication' },
			],
			default: 'apiKey',
		},
		{
			displayName: 'Header Name',
			name: 'headerName',
			type: 'string',
			default: 'x-api-key',
			description: 'The custom header in which Marketo sends the key',
			displayOptions: { show: { authentication: ['apiKey'] } },
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'At least 16 characters; 32 random ones are better',
			displayOptions: { show: { authentication: ['apiKey'] } },
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			displayOptions: { show: { authentication: ['basic'] } },
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'At least 16 characters',
			displayOptions: { show: { authentication: ['basic'] } },
		},
	];
}
