import type { OperationDefinition } from '../../shared/operation';
import { applyChangesOperation } from './applyChanges.operation';
import { createOperation } from './create.operation';
import { createOrUpdateOperation } from './createOrUpdate.operation';
import { deleteOperation } from './delete.operation';
import { describeOperation } from './describe.operation';
import { getChangesOperation } from './getChanges.operation';
import { getOperation } from './get.operation';
import { getManyOperation } from './getMany.operation';
import { updateOperation } from './update.operation';

/** Every operation of the node. The drop-downs and the parameters are built from this list. */
export const OPERATIONS: OperationDefinition[] = [
	applyChangesOperation,
	createOperation,
	createOrUpdateOperation,
	deleteOperation,
	describeOperation,
	getChangesOperation,
	getOperation,
	getManyOperation,
	updateOperation,
];
