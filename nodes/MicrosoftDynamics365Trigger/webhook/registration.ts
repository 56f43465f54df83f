import { randomBytes } from 'node:crypto';

import type { IHookFunctions, IPollFunctions } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import {
	messagesOf,
	registerWebhook,
	removeWebhook,
	webhookById,
	webhooksNamed,
	type Message,
	type Step,
} from '../../../apis/dataverse/webhooks/register';
import { whoAmI } from '../../../apis/dataverse/whoAmI';
import { scopeOf, type EventName, type Setting } from '../setting';
import { hashed, SECRET_HEADER } from './secret';

/** What the workflow remembers of its webhook; the secret itself is in Dynamics alone. */
export interface Registered {
	/** Id of the service endpoint. */
	endpoint: string;
	url: string;
	/** Its hash. */
	secret: string;
	/** What it was made for. */
	scope: string;
	/** The user of the credential, lower case. */
	user: string;
}

/** A test in the editor has a webhook of its own beside the published one. */
interface Memory {
	webhook?: Registered;
	testWebhook?: Registered;
}

/** The parts of n8n's contexts that are needed. */
interface Context {
	getMode(): string;
	getWorkflowStaticData(type: string): object;
}

type Place = IHookFunctions | IPollFunctions;

export const MESSAGE_OF: Readonly<Record<EventName, Message>> = {
	created: 'Create',
	updated: 'Update',
	deleted: 'Delete',
};

/** What is remembered of the webhook, of the test or the published one as the mode has it. */
export function remembered(context: Context): Registered | undefined {
	return memoryOf(context)[slotOf(context)];
}

/** Whether the webhook stands in Dynamics as the node is set. @throws DataverseProblem */
export async function isRegistered(
	context: IHookFunctions,
	client: Dataverse,
	setting: Setting,
	url: string,
): Promise<boolean> {
	const known = remembered(context);
	if (known?.scope !== registrationScope(context, client, setting, url)) return false;
	const endpoint = await webhookById(client, known.endpoint);
	if (endpoint?.url !== url) return false;
	const present = await messagesOf(client, known.endpoint);
	return [...setting.events].every((event) => present.includes(MESSAGE_OF[event]));
}

/** Registers the webhook with a new secret; what an earlier life left behind goes. @throws DataverseProblem */
export async function register(
	context: IHookFunctions,
	client: Dataverse,
	setting: Setting,
	url: string,
): Promise<void> {
	const { userId } = await whoAmI(client);
	await removeLeftovers(context, client, url);
	const name = nameOf(context);
	const secret = randomBytes(32).toString('base64url');
	const endpoint = await registerWebhook(client, {
		name,
		url,
		secret: { header: SECRET_HEADER, value: secret },
		table: setting.table.name,
		steps: stepsFor(setting),
	});
	memoryOf(context)[slotOf(context)] = {
		endpoint,
		url,
		secret: hashed(secret),
		scope: registrationScope(context, client, setting, url),
		user: userId.toLowerCase(),
	};
}

/** Removes the webhook from Dynamics and from memory. @throws DataverseProblem, and then it stays in memory */
export async function unregister(context: IHookFunctions, client: Dataverse): Promise<void> {
	const known = remembered(context);
	if (known) await removeWebhook(client, known.endpoint);
	delete memoryOf(context)[slotOf(context)];
}

/** A node that polls now may have been set to a webhook before. @throws DataverseProblem */
export async function forgetRegistration(
	context: IPollFunctions,
	client: Dataverse,
): Promise<void> {
	const memory = memoryOf(context);
	if (!memory.webhook) return;
	await removeWebhook(client, memory.webhook.endpoint);
	delete memory.webhook;
}

/** What of the messages is listened to. A deletion brings the row's last values along. */
function stepsFor({ table, events, columns, onlyWhen }: Setting): Step[] {
	const watched = onlyWhen.map(({ name }) => name);
	const named = table.nameColumn === table.idColumn ? [] : [table.nameColumn];
	const last = [...new Set([...named, ...columns.map(({ name }) => name)])];
	return [...events].map((event) => ({
		message: MESSAGE_OF[event],
		onlyWhenTheseChange: event === 'updated' ? watched : [],
		before: { created: [], updated: watched, deleted: last }[event],
	}));
}

/**
 * Webhooks of this node that an earlier life did not remove. One that leads to another server is left
 * alone: it belongs to a copy of this workflow, or to this server under an old address.
 */
async function removeLeftovers(
	context: IHookFunctions,
	client: Dataverse,
	url: string,
): Promise<void> {
	const known = remembered(context);
	const own = known ? await webhookById(client, known.endpoint) : undefined;
	const found = new Map((await webhooksNamed(client, nameOf(context))).map((one) => [one.id, one]));
	if (own) found.set(own.id, own);
	for (const endpoint of found.values()) {
		if (sameServer(endpoint.url, url)) await removeWebhook(client, endpoint.id);
		else {
			context.logger.warn(
				`Microsoft Dynamics 365 Trigger: the service endpoint ${endpoint.id} of Dynamics 365 posts changes for this workflow to another server. Remove it there if that server no longer exists.`,
			);
		}
	}
}

function sameServer(one: string, other: string): boolean {
	return URL.canParse(one) && new URL(one).origin === new URL(other).origin;
}

function nameOf(context: Place): string {
	const test = slotOf(context) === 'testWebhook' ? ' test' : '';
	return `n8n ${String(context.getWorkflow().id)} ${context.getNode().id}${test}`.slice(0, 100);
}

function registrationScope(
	context: IHookFunctions,
	client: Dataverse,
	setting: Setting,
	url: string,
): string {
	const steps = JSON.stringify(stepsFor(setting));
	return scopeOf(context.getNode(), client, setting, url, steps);
}

function slotOf(context: Context): keyof Memory {
	return context.getMode() === 'manual' ? 'testWebhook' : 'webhook';
}

function memoryOf(context: Context): Memory {
	return context.getWorkflowStaticData('node') as Memory;
}
