import type { Registry } from '../../shared/registry';
import { complete } from './flowStep/complete.operation';
import { createOrUpdateObject } from './object/createOrUpdate.operation';
import { deleteObject } from './object/delete.operation';
import { describeFields } from './object/describe.operation';
import { getObject } from './object/get.operation';
import { getManyObjects } from './object/getMany.operation';
import { create } from './person/create.operation';
import { createOrUpdate } from './person/createOrUpdate.operation';
import { deletePerson } from './person/delete.operation';
import { get } from './person/get.operation';
import { getMany } from './person/getMany.operation';
import { logSyncResult } from './person/logSyncResult.operation';
import { merge } from './person/merge.operation';
import { update } from './person/update.operation';
import { createObject } from './setup/createObject.operation';
import { describe } from './setup/describe.operation';
import { prepare } from './setup/prepare.operation';
import { usage } from './setup/usage.operation';
import { validate } from './setup/validate.operation';
import { applyChanges } from './sync/applyChanges.operation';
import { getChanges } from './sync/getChanges.operation';

/** All resources and operations of the node. */
export const MARKETO_OPERATIONS: Registry = {
	resources: [
		{ value: 'company', name: 'Company', defaultOperation: 'get' },
		{ value: 'customObject', name: 'Custom Object', defaultOperation: 'get' },
		{ value: 'flowStep', name: 'Flow Step', defaultOperation: 'complete' },
		{ value: 'opportunity', name: 'Opportunity', defaultOperation: 'get' },
		{ value: 'opportunityRole', name: 'Opportunity Role', defaultOperation: 'get' },
		{ value: 'person', name: 'Person', defaultOperation: 'get' },
		{ value: 'salesPerson', name: 'Sales Person', defaultOperation: 'get' },
		{ value: 'setup', name: 'Setup', defaultOperation: 'prepare' },
		{ value: 'sync', name: 'Sync', defaultOperation: 'getChanges' },
	],
	defaultResource: 'person',
	operations: [
		applyChanges,
		complete,
		create,
		createObject,
		createOrUpdate,
		...createOrUpdateObject,
		...deleteObject,
		deletePerson,
		describe,
		...describeFields,
		get,
		getChanges,
		getMany,
		...getManyObjects,
		...getObject,
		logSyncResult,
		merge,
		prepare,
		update,
		usage,
		validate,
	],
};
