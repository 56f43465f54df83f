import type { Registry } from '../../shared/registry';
import { LEAD, RESOURCES } from '../resources';
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
import { loseOperation } from './lose.operation';
import { mergeOperation } from './merge.operation';
import { qualifyOperation } from './qualify.operation';
import { removeFromCampaignOperation } from './removeFromCampaign.operation';
import { updateOperation } from './update.operation';
import { validateOperation } from './validate.operation';
import { winOperation } from './win.operation';

/** All resources and operations of the node. */
export const DYNAMICS_OPERATIONS: Registry = {
	resources: RESOURCES,
	defaultResource: LEAD.value,
	operations: [
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
		loseOperation,
		mergeOperation,
		qualifyOperation,
		removeFromCampaignOperation,
		updateOperation,
		validateOperation,
		winOperation,
	],
};
