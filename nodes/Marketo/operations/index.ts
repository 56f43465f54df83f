import type { OperationDefinition } from '../../shared/operation';
import { complete } from './flowStep/complete.operation';
import { create } from './person/create.operation';
import { createOrUpdate } from './person/createOrUpdate.operation';
import { deletePerson } from './person/delete.operation';
import { get } from './person/get.operation';
import { getMany } from './person/getMany.operation';
import { logSyncResult } from './person/logSyncResult.operation';
import { update } from './person/update.operation';
import { describe } from './setup/describe.operation';
import { prepare } from './setup/prepare.operation';
import { usage } from './setup/usage.operation';
import { applyChanges } from './sync/applyChanges.operation';
import { getChanges } from './sync/getChanges.operation';

/** Resources of the node, with the operation that each starts with. */
export const RESOURCES = [
	{ value: 'flowStep', name: 'Flow Step', defaultOperation: 'complete' },
	{ value: 'person', name: 'Person', defaultOperation: 'get' },
	{ value: 'setup', name: 'Setup', defaultOperation: 'prepare' },
	{ value: 'sync', name: 'Sync', defaultOperation: 'getChanges' },
] as const;

/** All operations of the node: drop-downs, properties and execution come from this list alone. */
export const OPERATIONS: OperationDefinition[] = [
	applyChanges,
	complete,
	create,
	createOrUpdate,
	deletePerson,
	describe,
	get,
	getChanges,
	getMany,
	logSyncResult,
	prepare,
	update,
	usage,
];

/** @throws Error where the node's parameters name an operation that is not there */
export function operationFor(resource: string, value: string): OperationDefinition {
	const found = OPERATIONS.find(
		(operation) => operation.value === value && operation.resources.includes(resource),
	);
	if (!found) throw new Error(`The resource '${resource}' has no operation '${value}'`);
	return found;
}
