import { syncLeads, type PersonValues } from '../../../../apis/marketo/people/syncLeads';
import type { OperationDefinition } from '../../../shared/operation';
import { inBatches } from '../../shared/batch';
import {
	clearEmpty,
	clearFields,
	fieldsToWrite,
	lookupField,
	lookupValue,
	options,
} from '../../shared/person.properties';
import { personValues, required, requiredId } from '../../shared/personInput';
import { groupOf, keyOf, syncOptionsOf, written } from '../../shared/syncGroup';

export const update: OperationDefinition = {
	value: 'update',
	name: 'Update',
	action: (resourceName) => `Update ${resourceName.toLowerCase()}`,
	description: 'Update an existing person; a person who does not exist is refused, not created',
	resources: ['person'],
	properties: [
		lookupField('id', 'getLookupFieldOptions'),
		lookupValue,
		fieldsToWrite,
		options(clearFields, clearEmpty),
	],
	execute: inBatches<PersonValues>({
		async prepare(context, itemIndex, marketo) {
			const field = required(context, itemIndex, 'lookupField');
			const value =
				field === 'id'
					? Number(requiredId(context, itemIndex, 'lookupValue'))
					: required(context, itemIndex, 'lookupValue');
			const values = await personValues(context, itemIndex, marketo);
			return {
				record: { ...values, [field]: value },
				key: keyOf(value),
				group: groupOf({ action: 'updateOnly', lookupField: field }),
			};
		},
		write: async (marketo, group, records) =>
			await syncLeads(marketo, syncOptionsOf(group), records),
		output: written,
	}),
};
