import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import { marketoEndpoint } from '../../apis/marketo/transport/endpoint';
import { DYNAMICS_API, MARKETO_API } from '../shared/syncPorts';
import { ACTIONS, customAction, type CustomAction, type FlowAction } from './flowStep/actions';
import { weakness, type IncomingSecret } from './receive/caller';
import { rememberedCredential, type CredentialContext } from './rememberedCredential';

/** Name of the credential type of this package for calls that come in. */
export const INCOMING_API = 'marketoIncomingCallsApi';

/** What all of n8n's contexts around a trigger can do. */
export interface SettingContext extends CredentialContext {
	getWorkflow(): { id?: string };
	getNodeParameter(name: string, fallback?: unknown): unknown;
}

/** The node's id stays when the node is renamed, and so do the people who wait for it. */
export function receiverOf(context: Pick<SettingContext, 'getNode' | 'getWorkflow'>): string {
	return `${context.getWorkflow().id ?? ''}:${context.getNode().id}`;
}

/** @throws Error where a custom action is such that Marketo would not take it */
export function actionOf(context: Pick<SettingContext, 'getNodeParameter'>): FlowAction {
	const chosen = context.getNodeParameter('flowAction', 'syncPerson') as
		| keyof typeof ACTIONS
		| 'custom';
	if (chosen !== 'custom') return ACTIONS[chosen];
	const rows = (name: string) =>
		((context.getNodeParameter(name, {}) as IDataObject).row ??
			[]) as unknown as CustomAction['attributes'];
	return customAction({
		name: String(context.getNodeParameter('serviceName', '')),
		description: String(context.getNodeParameter('serviceDescription', '')),
		attributes: rows('stepParameters'),
		answers: rows('stepAnswers'),
	});
}

export function hasCredential(context: Pick<SettingContext, 'getNode'>, type: string): boolean {
	return (
		context.getNode().credentials?.[type]?.id !== undefined &&
		context.getNode().credentials?.[type]?.id !== null
	);
}

export const canAskDynamics = (context: Pick<SettingContext, 'getNode'>): boolean =>
	hasCredential(context, DYNAMICS_API);

export async function secretOf(context: CredentialContext): Promise<IncomingSecret> {
	return await rememberedCredential<IncomingSecret>(context, INCOMING_API);
}

/** Address of the subscription's REST API; empty without a Marketo credential. */
export async function endpointOf(context: CredentialContext): Promise<string> {
	if (!hasCredential(context, MARKETO_API)) return '';
	const { endpoint } = await rememberedCredential<{ endpoint: string }>(context, MARKETO_API);
	return marketoEndpoint(String(endpoint ?? ''));
}

/** What must be right before the workflow is published. @throws NodeOperationError */
export async function assertReady(context: SettingContext): Promise<void> {
	if (!hasCredential(context, INCOMING_API)) {
		throw new NodeOperationError(
			context.getNode(),
			"The credential 'Marketo Incoming Calls API' is missing",
			{
				description:
					'Without a secret anybody could send people into this workflow. Choose or create the credential in the node',
			},
		);
	}
	const weak = weakness(await context.getCredentials<IncomingSecret>(INCOMING_API));
	if (weak !== undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`The credential 'Marketo Incoming Calls API' cannot be used: ${weak}`,
			{
				description: 'Change the credential, and enter the same secret in Marketo',
			},
		);
	}
	let wrong: string | undefined;
	try {
		if (context.getNodeParameter('service') === 'flowStep') actionOf(context);
	} catch (cause) {
		wrong = (cause as Error).message;
	}
	if (wrong !== undefined) {
		throw new NodeOperationError(
			context.getNode(),
			`Marketo would not accept the flow step: ${wrong}`,
		);
	}
}
