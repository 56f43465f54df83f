import type { OperationDefinition } from '../../shared/operation';
import { addToCampaignOperation } from './addToCampaign.operation';
import { applyChangesOperation } from './applyChanges.operation';
import { assignOperation } from './assign.operation';
import { createOperation } from './create.operation';
import { createOrUpdateOperation } from './createOrUpdate.operation';
import { createTaskOperation } from './createTask.operation';
import { deleteOperation } from './delete.operation';
import { describeOperation } from './describe.operation';
import { getChangesOperation } from './getChanges.operation';
import { getOperation } from './get.operation';
import { getManyOperation } from './getMany.operation';
import { removeFromCampaignOperation } from './removeFromCampaign.operation';
import { updateOperation } from './update.operation';

/** Every operation of the node. The drop-downs and the parameters are built from this list. */
export const OPERATIONS: OperationDefinition[] = [
	addToCampaignOperation,
	applyChangesOperation,
	assignOperation,
	createOperation,
	createOrUpdateOperation,
	createTaskOperation,
	deleteOperation,
	describeOperation,
	getChangesOperation,
	getOperation,
	getManyOperation,
	removeFromCampaignOperation,
	updateOperation,
];
