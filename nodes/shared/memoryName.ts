import { NodeOperationError, type INode, type INodeProperties } from 'n8n-workflow';

/** Parameter of the nodes below: which memory, where an n8n syncs several pairs of systems. */
const MEMORY = 'memory';

/** Nodes that say it for the steps that they are connected with; a name that is left out is the usual memory. */
const SAY_IT = ['resolveSyncConflict', 'marketoTrigger'];
/** Nodes that may say it for themselves, and otherwise go by those. */
const MAY_SAY_IT = ['marketoDynamicsSync'];

/** Also part of the name of a schema, of which PostgreSQL takes 63 characters. */
const NAME = /^[a-z][a-z0-9_]{0,19}$/;

/** A workflow of 0.1 has none, and goes on with the memory that is there. */
export const MEMORY_CHOICE: INodeProperties = {
	displayName: 'Memory',
	name: MEMORY,
	type: 'string',
	noDataExpression: true,
	default: '',
	placeholder: 'e.g. sandbox',
	description:
		'Leave this empty unless this n8n syncs several pairs of systems. Then each further pair has a memory with a name of its own (lowercase letters, digits, underscores), which you enter here in each workflow of that pair.',
};

interface Near {
	name: string;
	type: string;
	parameters?: object;
}

interface Around {
	getNode(): INode;
	getChildNodes?(name: string, options?: { includeNodeParameters?: boolean }): Near[];
	getParentNodes?(name: string, options?: { includeNodeParameters?: boolean }): Near[];
}

/**
 * The memory that a node works with: its own choice, or that of the nodes that it is connected with, also by way of
 * what comes before it. Empty: the usual one.
 *
 * @throws NodeOperationError where these name several, or what can be no name
 */
export function memoryName(context: Around): string {
	const node = context.getNode();
	if (isOf(node, SAY_IT)) return named(node, node);
	if (isOf(node, MAY_SAY_IT) && named(node, node) !== '') return named(node, node);
	const all = new Set(near(context, node.name).map((one) => named(node, one)));
	if (all.size <= 1) return [...all][0] ?? '';
	const names = [...all].map((name) => `"${name}"`).join(' and ');
	throw new NodeOperationError(
		node,
		`The nodes that this one is connected with use different memories: ${names}`,
		{
			description:
				'Enter the same name under Memory in Resolve Sync Conflict and Marketo Trigger, or leave Memory empty in all of them',
		},
	);
}

/** Those that say it: after the node and before it, else after what is before it. */
function near(context: Around, name: string): Near[] {
	const options = { includeNodeParameters: true };
	const after = (of: string) => context.getChildNodes?.(of, options) ?? [];
	const before = context.getParentNodes?.(name, options) ?? [];
	const found = [...after(name), ...before].filter((one) => isOf(one, SAY_IT));
	if (found.length > 0) return found;
	return before.flatMap((one) => after(one.name)).filter((one) => isOf(one, SAY_IT));
}

function isOf({ type }: Pick<Near, 'type'>, types: string[]): boolean {
	return types.includes(String(type).split('.').at(-1)!);
}

function named(node: INode, { name, parameters }: Pick<Near, 'name' | 'parameters'>): string {
	const text = String((parameters as Record<string, unknown> | undefined)?.[MEMORY] ?? '').trim();
	if (text === '' || NAME.test(text)) return text;
	throw new NodeOperationError(node, `"${text}" cannot be the name of a memory`, {
		description: `Enter lowercase letters, digits and underscores under Memory in ${name}: at most 20, beginning with a letter`,
	});
}
