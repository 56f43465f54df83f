import type { Registry } from '../../shared/registry';
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

/** All resources and operations of the node. */
export const MARKETO_OPERATIONS: Registry = {
	resources: [
		{ value: 'flowStep', name: 'Flow Step', defaultOperation: 'complete' },
		{ value: 'person', name: 'Person', defaultOperation: 'get' },
		{ value: 'setup', name: 'Setup', defaultOperation: 'prepare' },
		{ value: 'sync', name: 'Sync', defaultOperation: 'getChanges' },
	],
	defaultResource: 'person',
	operations: [
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
	],
};
