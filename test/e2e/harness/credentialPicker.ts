import {
	NodeHelpers,
	type INode,
	type INodeTypeDescription,
	type IWorkflowBase,
} from 'n8n-workflow';

/** Ids of credentials by credential type. */
export type CredentialIds = Record<string, { id: string; name: string }>;

export type ImportedWorkflow = Pick<
	IWorkflowBase,
	'name' | 'nodes' | 'connections' | 'settings'
> & {
	meta?: unknown;
};

const versionsOf = ({ version }: INodeTypeDescription) =>
	Array.isArray(version) ? version : [version];

/** The credential slots that a node shows with the parameters it has. */
export function credentialSlots(node: INode, types: INodeTypeDescription[]) {
	const type = types.find(
		({ name, ...rest }) =>
			name === node.type &&
			versionsOf({ name, ...rest } as INodeTypeDescription).includes(node.typeVersion),
	);
	if (!type) return [];
	const parameters =
		NodeHelpers.getNodeParameters(type.properties, node.parameters, true, false, node, type) ?? {};
	return (type.credentials ?? []).filter((slot) =>
		NodeHelpers.displayParameter(parameters, slot, node, type),
	);
}

/**
 * Does what a person does after an import: picks a credential in every node that asks for one.
 * Nothing else of the workflow is touched.
 */
export function pickCredentials<T extends ImportedWorkflow>(
	workflow: T,
	credentials: CredentialIds,
	types: INodeTypeDescription[],
): T {
	const nodes = workflow.nodes.map((node) => {
		const picked = credentialSlots(node, types)
			.filter(({ name }) => credentials[name])
			.map(({ name }) => [name, credentials[name]] as const);
		if (picked.length === 0) return node;
		return { ...node, credentials: { ...node.credentials, ...Object.fromEntries(picked) } };
	});
	return { ...workflow, nodes };
}
