import type { IExecuteFunctions, ILoadOptionsFunctions, INodeProperties } from 'n8n-workflow';

import {
	customObject,
	STANDARD_OBJECTS,
	type MarketoObject,
} from '../../../apis/marketo/objects/object';
import type { OperationDefinition } from '../../shared/operation';
import { required } from './personInput';

/** Resource of the objects that a customer has made. */
const CUSTOM = 'customObject';

const customObjectName: INodeProperties = {
	displayName: 'Custom Object Name or ID',
	name: 'customObject',
	type: 'options',
	typeOptions: { loadOptionsMethod: 'getCustomObjects' },
	default: '',
	required: true,
	description:
		'The API name of the object. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

/**
 * An operation of all objects other than people: once for those that every subscription has, once for
 * custom objects, where the object itself is to be named.
 */
export function ofObjects(
	operation: Omit<OperationDefinition, 'resources'>,
): [OperationDefinition, OperationDefinition] {
	return [
		{ ...operation, resources: Object.keys(STANDARD_OBJECTS) },
		{
			...operation,
			resources: [CUSTOM],
			properties: [customObjectName, ...operation.properties],
		},
	];
}

/** The object that one item is about. @throws NodeOperationError where it is not named */
export function objectOf(context: IExecuteFunctions, itemIndex: number): MarketoObject {
	const resource = context.getNodeParameter('resource', itemIndex) as string;
	return standardObject(resource) ?? customObject(required(context, itemIndex, 'customObject'));
}

/** The object that the open editor is about; undefined while a custom one has not been chosen. */
export function offeredObject(context: ILoadOptionsFunctions): MarketoObject | undefined {
	const standard = standardObject(context.getCurrentNodeParameter('resource') as string);
	if (standard) return standard;
	const name = context.getCurrentNodeParameter('customObject') as string | undefined;
	return name ? customObject(name) : undefined;
}

function standardObject(resource: string): MarketoObject | undefined {
	return (STANDARD_OBJECTS as Record<string, MarketoObject>)[resource];
}
