import { ExecuteContext, LoadOptionsContext } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialType,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

/** A credential as n8n keeps it: the type that signs in, and the stored data. */
export interface StoredCredential {
	type: ICredentialType;
	/** Changes when a token is stored, as in n8n's database. */
	data: ICredentialDataDecryptedObject;
}

export interface ContextOptions {
	nodeType: INodeType;
	parameters: INodeParameters;
	credential: StoredCredential;
	/** Of a node that signs in to both systems. */
	second?: StoredCredential;
	items?: INodeExecutionData[];
	onError?: INode['onError'];
	abortSignal?: AbortSignal;
	/** Path of the parameter that asks, for lists inside collections. */
	path?: string;
	/** 1 where it is not given. */
	typeVersion?: number;
	workflow?: string;
}

/** n8n's own execution context around one node: real parameters, real HTTP helper, real sign-in. */
export function executeContext(options: ContextOptions): IExecuteFunctions {
	const { node, workflow, additionalData } = surroundings(options);
	const items = options.items ?? [{ json: {} }];
	return new ExecuteContext(
		workflow,
		node,
		additionalData,
		'manual',
		createRunExecutionData(),
		0,
		items,
		{ main: [items] },
		{ node, data: { main: [items] }, source: null },
		[],
		options.abortSignal,
	);
}

/** The context in which the editor fills lists and mappers. */
export function editorContext(options: ContextOptions): LoadOptionsContext {
	const { node, workflow, additionalData } = surroundings(options);
	return new LoadOptionsContext(workflow, node, additionalData, options.path ?? '');
}

/** Runs a node on items and gives back the JSON of its first output. */
export async function runNode(options: ContextOptions): Promise<IDataObject[]> {
	const output = await runNodeItems(options);
	return output.map(({ json }) => json);
}

/** As `runNode`, with pairing and errors. */
export async function runNodeItems(options: ContextOptions): Promise<INodeExecutionData[]> {
	const context = executeContext(options);
	const output = (await options.nodeType.execute!.call(context)) as INodeExecutionData[][];
	return output[0]!;
}

/** A node alone in a workflow, and what n8n's server puts around it. */
export function surroundings({
	nodeType,
	parameters,
	credential,
	second,
	onError,
	typeVersion = 1,
	workflow: id = '1',
}: ContextOptions) {
	const all = [credential, ...(second ? [second] : [])];
	const node: INode = {
		id: '1',
		name: 'Node',
		type: nodeType.description.name,
		typeVersion,
		position: [0, 0],
		parameters,
		credentials: Object.fromEntries(all.map(({ type: { name } }) => [name, { id: name, name }])),
		...(onError && { onError }),
	};
	const nodeTypes = {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	};
	const workflow = new Workflow({
		id,
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: nodeTypes as never,
	});
	const additionalData = {
		webhookWaitingBaseUrl: 'http://localhost/waiting',
		formWaitingBaseUrl: 'http://localhost/form',
		currentNodeParameters: parameters,
		variables: {},
		credentialsHelper: credentialsHelper(all),
	} as unknown as IWorkflowExecuteAdditionalData;
	return { node: workflow.getNode('Node')!, workflow, additionalData };
}

/** What n8n's server does with credentials of this kind, shortened to one stored credential for each type. */
function credentialsHelper(all: StoredCredential[]) {
	const of = (name: string) => all.find(({ type }) => type.name === name) ?? all[0]!;
	return {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		getDecrypted: async (_data: unknown, _node: unknown, name: string) => ({ ...of(name).data }),
		preAuthentication: async (
			helpers: never,
			credentials: ICredentialDataDecryptedObject,
			name: string,
			_node: INode,
			expired: boolean,
		) => {
			const { type, data } = of(name);
			if (credentials.accessToken !== '' && !expired) return undefined;
			const output = (await type.preAuthentication!.call(helpers, credentials)) as IDataObject;
			Object.assign(data, output);
			return Object.assign(credentials, output);
		},
		authenticate: async (
			credentials: ICredentialDataDecryptedObject,
			name: string,
			request: IHttpRequestOptions,
		) => {
			const { type } = of(name);
			if (typeof type.authenticate !== 'function') throw new Error('Expected a function');
			return await type.authenticate(credentials, request);
		},
	};
}
