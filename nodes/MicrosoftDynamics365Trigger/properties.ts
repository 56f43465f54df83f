import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { TABLE } from '../MicrosoftDynamics365/shared/tableReference';

const EVENTS: INodePropertyOptions[] = [
	{ name: 'Row Created', value: 'created' },
	{ name: 'Row Deleted', value: 'deleted' },
	{ name: 'Row Updated', value: 'updated' },
];

const IGNORE_OWN: INodeProperties = {
	displayName: 'Ignore Own Changes',
	name: 'ignoreOwn',
	type: 'boolean',
	default: true,
	description:
		'Whether to leave out what the user of this credential wrote. With polling, only the last user who changed a row is known, and not who deleted one.',
};

const IGNORE_TAG: INodeProperties = {
	displayName: 'Ignore Changes Tagged',
	name: 'ignoreTag',
	type: 'string',
	default: '',
	placeholder: 'e.g. nightly-import',
	description:
		'Leaves out changes whose request carried this text as its "tag" parameter, no matter who made them',
};

const READ_AGAIN: INodeProperties = {
	displayName: 'Read the Row Again',
	name: 'readAgain',
	type: 'boolean',
	default: true,
	description:
		'Whether to read the row when its message arrives, because messages may arrive out of order. Without it, you get only the values that were written.',
};

const POLLED = { show: { watch: ['polling'] } };
const PUSHED = { show: { watch: ['webhook'] } };

export const PROPERTIES: INodeProperties[] = [
	{
		displayName: 'Watch',
		name: 'watch',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Polling',
				value: 'polling',
				description:
					'Ask Dynamics 365 at the poll times what has changed. Needs read permission only.',
			},
			{
				name: 'Webhook',
				value: 'webhook',
				description:
					'Dynamics 365 sends each change within seconds. Its servers have to reach this n8n, and the user needs rights to register webhooks.',
			},
		],
		default: 'polling',
	},
	{
		displayName:
			'Poll Times is not used: Dynamics 365 posts to the production URL as soon as the workflow is published. It calls only addresses on the internet, and only port 443 (https) or 80 (http)',
		name: 'webhookNotice',
		type: 'notice',
		default: '',
		displayOptions: PUSHED,
	},
	{
		...TABLE,
		default: { mode: 'list', value: 'lead' },
		description: 'The table whose rows are watched. For polling, its change tracking has to be on.',
	},
	{
		displayName: 'Trigger On',
		name: 'events',
		type: 'multiOptions',
		noDataExpression: true,
		required: true,
		options: EVENTS,
		default: ['created', 'updated'],
	},
	{
		displayName: 'Columns to Output Names or IDs',
		name: 'columns',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getColumns', loadOptionsDependsOn: ['table.value'] },
		default: [],
		description:
			'Which columns come with each row; if none is chosen, the usual ones. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Only When These Columns Change Names or IDs',
		name: 'onlyWhen',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getColumns', loadOptionsDependsOn: ['table.value'] },
		default: [],
		displayOptions: { show: { watch: ['webhook'], events: ['updated'] } },
		description:
			'Leaves out updates that changed none of them; if none is chosen, every update counts. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName:
			'Change tracking tells which rows changed, not which columns. To react to certain columns only, set Watch to Webhook',
		name: 'pollingNotice',
		type: 'notice',
		default: '',
		displayOptions: POLLED,
	},
	{
		displayName: 'Options',
		name: 'more',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: POLLED,
		options: [IGNORE_OWN],
	},
	{
		displayName: 'Options',
		name: 'more',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: PUSHED,
		options: [IGNORE_TAG, IGNORE_OWN, READ_AGAIN],
	},
	{
		// n8n then leaves the body of a post unread, so that nothing of it is looked at before the secret.
		displayName: 'Raw Body',
		name: 'options',
		type: 'hidden',
		default: { binaryData: true },
	},
];
