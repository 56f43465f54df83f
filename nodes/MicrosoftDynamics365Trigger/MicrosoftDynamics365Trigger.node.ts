import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { CREDENTIAL } from '../MicrosoftDynamics365/shared/client';
import { inWords } from './polling/inWords';
import { poll } from './polling/poll';
import * as listSearch from './methods/listSearch';
import * as loadOptions from './methods/loadOptions';
import { PROPERTIES } from './properties';
import { checkExists, create, remove } from './webhook/hooks';
import { receive } from './webhook/receive';

/** Starts a workflow when rows of a table are created, updated or deleted: by polling or by webhook. */
export class MicrosoftDynamics365Trigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Microsoft Dynamics 365 Trigger',
		name: 'microsoftDynamics365Trigger',
		icon: {
			light: 'file:../../icons/dynamics365.svg',
			dark: 'file:../../icons/dynamics365.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["table"]["value"] + ": " + $parameter["events"].join(", ") }}',
		description: 'Starts a workflow when rows of Microsoft Dynamics 365 (Dataverse) change',
		defaults: { name: 'Microsoft Dynamics 365 Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		webhooks: [
			{
				name: 'default',
				// Without a method n8n makes no webhook: a node that polls has none.
				httpMethod: '={{ $parameter["watch"] === "webhook" ? "POST" : "" }}',
				responseMode: 'onReceived',
				path: 'dynamics',
				ndvHideUrl: '={{ $parameter["watch"] !== "webhook" }}',
				ndvHideMethod: true,
			},
		],
		properties: PROPERTIES,
	};

	methods = { listSearch, loadOptions };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await checkExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await create(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await remove(this);
			},
		},
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		// n8n polls every node that can be polled.
		if (this.getNodeParameter('watch') === 'webhook') return null;
		return await inWords(this, async () => await poll(this));
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}
}
