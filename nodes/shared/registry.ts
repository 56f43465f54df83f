import {
	NodeOperationError,
	type DisplayCondition,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';

import type { OperationDefinition } from './operation';

/** One entry of a node's resource drop-down. */
export interface Resource {
	value: string;
	/** Title Case. */
	name: string;
	/** The operation that it starts with. */
	defaultOperation: string;
	/** The same in the node's version 1: n8n leaves out of a saved workflow what is as it starts. */
	defaultOperationOf1?: string;
}

/** All that a node with operations can do: its drop-downs, its properties and its work come from this alone. */
export interface Registry {
	resources: readonly Resource[];
	/** The resource that a new node starts with. */
	defaultResource: string;
	operations: readonly OperationDefinition[];
}

/** The node's properties: resource, operations of each resource, and those of each operation. */
export function propertiesOf(registry: Registry): INodeProperties[] {
	const { resources, defaultResource, operations } = registry;
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: defaultResource,
		},
		...resources.flatMap((resource) => operationDropDowns(operations, resource)),
		...operationProperties(operations),
	];
}

/**
 * Does what resource and operation of the node say, on all items of the run.
 *
 * @throws NodeOperationError where the node has no such resource or operation (an expression or an agent chose it)
 */
export async function execute(
	{ resources, operations }: Registry,
	context: IExecuteFunctions,
): Promise<INodeExecutionData[][]> {
	const chosen = context.getNodeParameter('resource', 0) as string;
	const resource = resources.find(({ value }) => value === chosen);
	if (!resource) throw unknown(context, `There is no resource "${chosen}"`);
	const wanted = context.getNodeParameter('operation', 0) as string;
	const operation = operations.find(
		({ value, resources: offered }) => value === wanted && offered.includes(chosen),
	);
	if (!operation)
		throw unknown(context, `There is no operation "${wanted}" for "${resource.name}"`);
	return [await operation.execute(context, context.getInputData())];
}

function unknown(context: IExecuteFunctions, message: string): NodeOperationError {
	return new NodeOperationError(context.getNode(), message, {
		description: 'Choose resource and operation again',
	});
}

function operationDropDowns(
	operations: readonly OperationDefinition[],
	{ value: resource, name, defaultOperation, defaultOperationOf1 }: Resource,
): INodeProperties[] {
	const options: INodePropertyOptions[] = operations
		.filter((operation) => operation.resources.includes(resource))
		.map((operation) => ({
			name: operation.name,
			value: operation.value,
			action: operation.action(name),
			description: operation.description,
		}))
		.sort((a, b) => a.name.localeCompare(b.name));
	const dropDown: INodeProperties = {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		options,
		default: defaultOperation,
	};
	if (defaultOperationOf1 === undefined) return [dropDown];
	const inVersion = (version: DisplayCondition | number) => ({
		displayOptions: { show: { resource: [resource], '@version': [version] } },
	});
	return [
		{ ...dropDown, ...inVersion(1), default: defaultOperationOf1 },
		{ ...dropDown, ...inVersion({ _cnd: { gte: 1.1 } }) },
	];
}

/** The operations' properties, each shown for its own operation and resources only. */
function operationProperties(operations: readonly OperationDefinition[]): INodeProperties[] {
	return operations.flatMap((operation) =>
		operation.properties.map((property) => ({
			...property,
			displayOptions: {
				...property.displayOptions,
				show: {
					resource: operation.resources,
					operation: [operation.value],
					...property.displayOptions?.show,
				},
			},
		})),
	);
}
