import {
	NodeConnectionTypes,
	type ICredentialsDecrypted,
	type ICredentialTestFunctions,
	type IHookFunctions,
	type INodeCredentialTestResult,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { sendDueCallbacks } from '../shared/flowStepCallback';
import { openNodeLedger } from '../shared/ledger';
import { DYNAMICS_API, MARKETO_API } from '../shared/syncPorts';
import { PROPERTIES } from './properties';
import { weakness, type IncomingSecret } from './receive/caller';
import { receive } from './receive/receive';
import { FLOW_STEP_ROUTES, OPEN_API, PERSON } from './receive/routes';
import { Runner } from './runner';
import { assertReady, receiverOf } from './setting';

const LOOK_MS = 1_000;
const WINDOW_MS = 100;
const LONGEST_BATCH_MS = 45 * 60_000;
/** Callbacks in a row before the loop looks around. */
const CALLBACKS_AT_ONCE = 50;

/** Nothing is registered with Marketo: an administrator enters the address there. */
const nothingToRegister = {
	checkExists: async function (this: IHookFunctions): Promise<boolean> {
		return true;
	},
	create: async function (this: IHookFunctions): Promise<boolean> {
		return true;
	},
	delete: async function (this: IHookFunctions): Promise<boolean> {
		return true;
	},
};

const webhooks: IWebhookDescription[] = [
	{
		name: 'default',
		// Marketo's webhooks offer all of them.
		httpMethod: 'POST,GET,PUT,PATCH,DELETE',
		path: PERSON,
		responseMode: 'onReceived',
		ndvHideMethod: true,
		ndvHideUrl: '={{ $parameter["service"] !== "webhook" }}',
	},
	...FLOW_STEP_ROUTES.map(
		({ path }): IWebhookDescription => ({
			name: 'setup',
			// The wrong one of the two is told the right one.
			httpMethod: 'GET,POST',
			path,
			responseMode: 'onReceived',
			ndvHideMethod: true,
			ndvHideUrl: path === OPEN_API ? '={{ $parameter["service"] !== "flowStep" }}' : true,
		}),
	),
];

/** People whom Marketo's campaigns send: kept safely first, then handed to the workflow in batches. */
export class MarketoTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo Trigger',
		name: 'marketoTrigger',
		icon: { light: 'file:../../icons/marketo.svg', dark: 'file:../../icons/marketo.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["service"] === "flowStep" ? "flow step" : "call webhook" }}',
		description:
			'Starts the workflow when a Marketo campaign sends people: Call Webhook or a Self-Service Flow Step',
		defaults: { name: 'When a Campaign Sends People' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'marketoIncomingCallsApi',
				displayName: 'Secret That Marketo Sends',
				required: true,
				testedBy: 'incomingCallsTest',
			},
			{
				name: DYNAMICS_API,
				displayName: 'Dynamics 365, for Lists of Owners and Campaigns',
				required: false,
			},
			{ name: MARKETO_API, displayName: 'Marketo, to Know Its Address', required: false },
		],
		webhooks,
		properties: PROPERTIES,
	};

	methods = {
		credentialTest: {
			async incomingCallsTest(
				this: ICredentialTestFunctions,
				credential: ICredentialsDecrypted,
			): Promise<INodeCredentialTestResult> {
				const weak = weakness((credential.data ?? {}) as unknown as IncomingSecret);
				if (weak !== undefined) return { status: 'Error', message: weak };
				return { status: 'OK', message: 'Enter the same secret in Marketo' };
			},
		},
	};

	webhookMethods = { default: nothingToRegister, setup: nothingToRegister };

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		// By hand, the editor listens for one call; nothing is taken from the ledger.
		if (this.getMode() === 'manual') return {};
		await assertReady(this);
		const ledger = await openNodeLedger(this);
		const receiver = receiverOf(this);
		const runner = new Runner({
			ledger,
			receiver,
			look: LOOK_MS,
			window: WINDOW_MS,
			longestBatch: LONGEST_BATCH_MS,
			emit: (data, done) => this.emit(data, undefined, done),
			promise: () => this.helpers.createDeferredPromise(),
			callBack: async () => await sendDueCallbacks(this, ledger, receiver, CALLBACKS_AT_ONCE),
			failed: (error) =>
				this.logger.error(`Marketo Trigger: reading the ledger failed: ${error.message}`),
		});
		runner.start();
		return { closeFunction: async () => runner.stop() };
	}
}
