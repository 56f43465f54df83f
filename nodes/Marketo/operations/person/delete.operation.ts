import { deletePeople } from '../../../../apis/marketo/people/syncLeads';
import type { OperationDefinition } from '../../../shared/operation';
import { inBatches } from '../../shared/batch';
import { personId } from '../../shared/person.properties';
import { requiredId } from '../../shared/personInput';

export const deletePerson: OperationDefinition = {
	value: 'delete',
	name: 'Delete',
	action: (resourceName) => `Delete ${resourceName.toLowerCase()}`,
	description: 'Delete a person permanently; this deletes nothing in Dynamics',
	resources: ['person'],
	properties: [personId],
	execute: inBatches<string>({
		prepare: async (context, itemIndex) => {
			const id = requiredId(context, itemIndex, 'personId');
			return { record: id, group: '', key: id };
		},
		write: async (marketo, _, ids) => await deletePeople(marketo, ids),
		output: (_, id) => ({ id: Number(id), deleted: true }),
	}),
};
