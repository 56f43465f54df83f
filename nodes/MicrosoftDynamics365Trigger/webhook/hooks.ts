import { NodeOperationError, type IHookFunctions } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import { clientOf } from '../../MicrosoftDynamics365/shared/client';
import { dynamicsError } from '../../MicrosoftDynamics365/shared/dynamicsError';
import { settingOf } from '../setting';
import { isRegistered, register, unregister } from './registration';

const WHERE_TO_GRANT =
	'Add it to a security role of that user (Power Platform admin center, Users + permissions, Security roles): create, read and delete on Service Endpoint, SDK Message Processing Step and SDK Message Processing Step Image, or give the role System Customizer. Polling needs none of them';

/** Whether Dynamics posts to this node already. */
export async function checkExists(context: IHookFunctions): Promise<boolean> {
	return await inWords(context, async (client) => {
		const setting = await settingOf(context, client, { fresh: true });
		return await isRegistered(context, client, setting, urlOf(context));
	});
}

/** Lets Dynamics post to this node. */
export async function create(context: IHookFunctions): Promise<boolean> {
	return await inWords(context, async (client) => {
		const url = urlOf(context);
		if (!mayBeCalled(url)) {
			context.logger.warn(
				`Microsoft Dynamics 365 Trigger: Dynamics 365 calls ports 443 and 80 only, but the webhook URL is ${url}. Put a reverse proxy in front of n8n and set WEBHOOK_URL`,
			);
		}
		await register(context, client, await settingOf(context, client), url);
		return true;
	});
}

/** Lets Dynamics post no more. */
export async function remove(context: IHookFunctions): Promise<boolean> {
	return await inWords(context, async (client) => {
		await unregister(context, client);
		return true;
	});
}

/** Dataverse posts to the standard ports; servers of this machine are stand-ins, which may call any. */
export function mayBeCalled(url: string): boolean {
	const { hostname, port } = new URL(url);
	return (
		port === '' ||
		['80', '443'].includes(port) ||
		/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
	);
}

function urlOf(context: IHookFunctions): string {
	return context.getNodeWebhookUrl('default')!;
}

/** n8n shows only the message of what fails while a workflow is published, so all is said in it. */
async function inWords<Result>(
	context: IHookFunctions,
	work: (client: Dataverse) => Promise<Result>,
): Promise<Result> {
	try {
		return await work(await clientOf(context));
	} catch (problem) {
		if (!(problem instanceof DataverseProblem)) {
			const error = dynamicsError(context.getNode(), problem);
			throw error instanceof NodeOperationError
				? error
				: new NodeOperationError(context.getNode(), error as Error);
		}
		const lacks = /\bprv\w+/.test(problem.reason);
		const message = `${problem.reason}. ${lacks ? WHERE_TO_GRANT : problem.remedy}`;
		throw new NodeOperationError(context.getNode(), message, { description: problem.original });
	}
}
