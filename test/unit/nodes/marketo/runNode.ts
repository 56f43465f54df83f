import { ExecuteContext } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestHelper,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeTypes,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { MarketoApi } from '../../../../credentials/MarketoApi.credentials';
import { Marketo } from '../../../../nodes/Marketo/Marketo.node';
import { ResolveSyncConflict } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import type { MarketoTwin } from '../../../twins/marketo';

export interface NodeRun {
	parameters: INodeParameters;
	items?: IDataObject[];
	onError?: INode['onError'];
	timezone?: string;
	/** Of the *Resolve Sync Conflict* that it leads to; without, it leads to none. */
	resolve?: INodeParameters;
}

/** Runs the Marketo node in n8n's own execute context, signed in to the twin over real HTTP. */
export async function runNode(
	twin: Pick<MarketoTwin, 'url' | 'clientId' | 'clientSecret'>,
	{ parameters, items = [{}], onError, timezone = 'UTC', resolve }: NodeRun,
): Promise<INodeExecutionData[]> {
	const type = new Marketo();
	const node: INode = {
		id: 'one',
		name: 'Marketo',
		type: 'n8n-nodes-marketo-dynamics.marketo',
		typeVersion: 1,
		position: [0, 0],
		parameters,
		credentials: { marketoApi: { id: '1', name: 'Marketo' } },
		...(onError ? { onError } : {}),
	};
	const behind: INode[] = resolve
		? [
				{
					id: 'two',
					name: 'Resolve',
					type: 'n8n-nodes-marketo-dynamics.resolveSyncConflict',
					typeVersion: 1,
					position: [0, 0],
					parameters: resolve,
				},
			]
		: [];
	const typeNamed = (name: string) =>
		name === node.type ? type : new ResolveSyncConflict().getNodeType(1);
	const nodeTypes = {
		getByName: typeNamed,
		getByNameAndVersion: typeNamed,
		getKnownTypes: () => ({}),
	} as unknown as INodeTypes;
	const workflow = new Workflow({
		nodes: [node, ...behind],
		connections: resolve
			? { Marketo: { main: [[{ node: 'Resolve', type: 'main', index: 0 }]] } }
			: {},
		active: false,
		nodeTypes,
		settings: { timezone },
	});
	const input = items.map((json, item) => ({ json, pairedItem: { item } }));
	const context = new ExecuteContext(
		workflow,
		workflow.nodes.Marketo!,
		additionalData(credentialFor(twin)),
		'manual',
		createRunExecutionData(),
		0,
		input,
		{ main: [input] },
		{ node: workflow.nodes.Marketo!, data: { main: [input] }, source: null },
		[],
	) as unknown as IExecuteFunctions;
	return (await type.execute.call(context))[0]!;
}

function credentialFor({
	url,
	clientId,
	clientSecret,
}: Pick<MarketoTwin, 'url' | 'clientId' | 'clientSecret'>) {
	// It has been used before: a first sign-in asks for permissions, too.
	return { endpoint: `${url}/rest/`, clientId, clientSecret, accessToken: '', tokenExpiresAt: '1' };
}

function additionalData(stored: ICredentialDataDecryptedObject): IWorkflowExecuteAdditionalData {
	const type = new MarketoApi();
	const credentialsHelper = {
		getParentTypes: () => [],
		isCredentialUsableByNode: async () => true,
		getDecrypted: async () => ({ ...stored }),
		authenticate: async (
			credential: ICredentialDataDecryptedObject,
			_: string,
			options: IHttpRequestOptions,
		) => await type.authenticate(credential, options),
		preAuthentication: async (
			helpers: IHttpRequestHelper,
			credential: ICredentialDataDecryptedObject,
			_: string,
			__: INode,
			expired: boolean,
		) => {
			if (credential.accessToken !== '' && !expired) return undefined;
			const token = await type.preAuthentication.call(helpers, credential);
			// As n8n does: the new token is stored with the credential.
			Object.assign(stored, token);
			return { ...credential, ...token };
		},
	};
	return {
		credentialsHelper,
		restApiUrl: 'http://localhost',
		instanceBaseUrl: 'http://localhost',
		webhookBaseUrl: 'http://localhost/webhook',
		webhookWaitingBaseUrl: 'http://localhost/waiting',
		webhookTestBaseUrl: 'http://localhost/test',
		formWaitingBaseUrl: 'http://localhost/form',
		variables: {},
	} as unknown as IWorkflowExecuteAdditionalData;
}
