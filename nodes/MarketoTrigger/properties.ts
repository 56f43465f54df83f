import type { INodeProperties } from 'n8n-workflow';

import { ACTIONS, type FlowAction } from './flowStep/actions';
import { MEMORY_CHOICE } from '../shared/memoryName';

const webhook = { service: ['webhook'] };
const flowStep = { service: ['flowStep'] };
const custom = { service: ['flowStep'], flowAction: ['custom'] };

/** Values of a step's parameters in a payload template: to be changed there, or replaced by tokens. */
const TEMPLATE_VALUES: Record<string, string> = {
	syncAs: '"lead"',
	owner: '""',
	campaign: '""',
	subject: '"Call back"',
	description: '""',
	dueIn: '5',
	priority: '"Normal"',
	statusReason: '"Not Started"',
};

/** For the token encoding JSON, with which Marketo puts the quotes around its tokens itself. */
function payloadTemplate(action?: FlowAction): string {
	const lines = [
		'"leadId": {{lead.Id}}',
		'"email": {{lead.Email Address}}',
		'"campaignName": {{campaign.Name}}',
		...(action?.attributes ?? []).map(({ name }) => `"${name}": ${TEMPLATE_VALUES[name]!}`),
	];
	return `{\n  ${lines.join(',\n  ')}\n}`;
}

function templateOf(value: string, action?: FlowAction): INodeProperties {
	return {
		displayName: 'Payload Template',
		name: `payloadTemplate_${value}`,
		type: 'string',
		typeOptions: { rows: 8 },
		noDataExpression: true,
		default: payloadTemplate(action),
		description:
			'Copy this into the webhook in Marketo, with the request token encoding JSON. Lines that you add become values of the item.',
		displayOptions: { show: { ...webhook, flowAction: [value] } },
		disabledOptions: { show: { ...webhook } },
	};
}

const attributeRows = (
	displayName: string,
	name: string,
	description: string,
): INodeProperties => ({
	displayName,
	name,
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: `Add ${displayName.replace(/s$/, '')}`,
	default: {},
	description,
	displayOptions: { show: custom },
	options: [
		{
			displayName: 'Row',
			name: 'row',
			values: [
				{
					displayName: 'Label',
					name: 'label',
					type: 'string',
					default: '',
					description: 'What people see in Marketo; the name if empty',
				},
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. region',
					description: 'Letters and digits, beginning with a letter',
				},
				{
					displayName: 'Type',
					name: 'type',
					type: 'options',
					options: [
						{ name: 'Boolean', value: 'boolean' },
						{ name: 'Date', value: 'date' },
						{ name: 'Date and Time', value: 'datetime' },
						{ name: 'Decimal', value: 'float' },
						{ name: 'E-Mail', value: 'email' },
						{ name: 'Integer', value: 'integer' },
						{ name: 'Long Text', value: 'text' },
						{ name: 'Text', value: 'string' },
						{ name: 'URL', value: 'url' },
					],
					default: 'string',
				},
			],
		},
	],
});

export const PROPERTIES: INodeProperties[] = [
	{
		displayName: 'Service',
		name: 'service',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Call Webhook',
				value: 'webhook',
				description: "The flow step 'Call Webhook' of a trigger campaign, one call per person",
			},
			{
				name: 'Self-Service Flow Step',
				value: 'flowStep',
				description: 'A flow step of its own in Marketo, for trigger and batch campaigns',
			},
		],
		default: 'webhook',
	},
	{
		displayName: 'Action',
		name: 'flowAction',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Add to Microsoft Campaign',
				value: 'addToCampaign',
				description: 'Add the person to a campaign in Dynamics 365',
			},
			{
				name: 'Change Owner in Microsoft',
				value: 'changeOwner',
				description: 'Assign the lead or contact in Dynamics 365',
			},
			{
				name: 'Create Task in Microsoft',
				value: 'createTask',
				description: 'Create a task for the lead or contact in Dynamics 365',
			},
			{
				name: 'Custom',
				value: 'custom',
				description: 'An action with parameters of your own',
			},
			{
				name: 'Remove From Microsoft Campaign',
				value: 'removeFromCampaign',
				description: 'Remove the person from a campaign in Dynamics 365',
			},
			{
				name: 'Sync Person to Microsoft',
				value: 'syncPerson',
				description: 'Create the person in Dynamics 365 as a lead or contact',
			},
		],
		default: 'syncPerson',
		description:
			'What the step says it does in Marketo; what is done is up to the nodes after this one',
	},
	{
		displayName:
			"In Marketo, Admin > Webhooks: a new webhook with the production URL (open 'Webhook URLs' above), request type POST, the payload template below, request token encoding JSON and response type JSON. Under 'Set Custom Header', add the header that the credential names (x-api-key unless you changed it) with its key, or Authorization for user and password",
		name: 'webhookNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: webhook },
	},
	...Object.entries(ACTIONS).map(([value, action]) => templateOf(value, action)),
	templateOf('custom'),
	{
		displayName: 'Answer',
		name: 'answer',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'At Once',
				value: 'atOnce',
				description: 'Answer {"status":"queued"} as soon as the person is safely stored',
			},
			{
				name: 'With the Result',
				value: 'withResult',
				description:
					'Hold the call until the workflow has answered, so that response mappings work',
			},
		],
		default: 'atOnce',
		displayOptions: { show: webhook },
	},
	{
		displayName: 'Time Limit',
		name: 'timeLimit',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 25 },
		default: 20,
		description:
			'Seconds to wait for the result; then the call is answered "queued". Marketo itself stops waiting after 30.',
		displayOptions: { show: { ...webhook, answer: ['withResult'] } },
	},
	{
		displayName:
			"Publish the workflow first. Then in Marketo, Admin > Service Providers > Add New Service: enter the production URL (open 'Webhook URLs' above), and the secret of the credential. Nothing else has to be set up",
		name: 'flowStepNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: flowStep },
	},
	{
		displayName: 'Name in Marketo',
		name: 'serviceName',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. Rate in Microsoft',
		description: 'Name of the flow step',
		displayOptions: { show: custom },
	},
	{
		displayName: 'Description in Marketo',
		name: 'serviceDescription',
		type: 'string',
		default: '',
		description: 'What the flow step does, for the people who build campaigns',
		displayOptions: { show: custom },
	},
	attributeRows(
		'Step Parameters',
		'stepParameters',
		"What people set in the flow step; the first one is the step's headline",
	),
	attributeRows(
		'Step Answers',
		'stepAnswers',
		"What 'Complete Flow Step' reports besides success, error code and reason",
	),
	{
		displayName: 'Munchkin ID',
		name: 'munchkinId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 123-ABC-456',
		description:
			'When set, calls from any other subscription are refused. Flow steps name theirs; for a webhook, add a line "munchkinId": "123-ABC-456" to the payload template.',
	},
	{
		// n8n parses a body before the node sees it, unless a node of version 1 has this: it would refuse the
		// JSON that Marketo's tokens break, and read the bodies of strangers.
		displayName: 'Options',
		name: 'options',
		type: 'hidden',
		default: { binaryData: true },
	},
	MEMORY_CHOICE,
];
