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
	partitionName,
} from '../../shared/person.properties';
import { personValues, required, writeOptions } from '../../shared/personInput';
import { groupOf, keyOf, syncOptionsOf, written } from '../../shared/syncGroup';

export const createOrUpdate: OperationDefinition = {
	value: 'createOrUpdate',
	name: 'Create or Update',
	action: (resourceName) => `Create or update ${resourceName.toLowerCase()}`,
	description: 'Create a new person or update an existing one (upsert)',
	resources: ['person'],
	properties: [
		lookupField('email', 'getUpsertFieldOptions'),
		lookupValue,
		fieldsToWrite,
		options(clearFields, clearEmpty, partitionName),
	],
	execute: inBatches<PersonValues>({
		async prepare(context, itemIndex, marketo) {
			const field = required(context, itemIndex, 'lookupField');
			const value = required(context, itemIndex, 'lookupValue');
			const values = await personValues(context, itemIndex, marketo);
			return {
				record: { ...values, [field]: value },
				key: keyOf(value),
				group: groupOf({
					action: 'createOrUpdate',
					lookupField: field,
					partitionName: writeOptions(context, itemIndex).partitionName,
				}),
			};
		},
		write: async (marketo, group, records) =>
			await syncLeads(marketo, syncOptionsOf(group), records),
		output: written,
	}),
};
