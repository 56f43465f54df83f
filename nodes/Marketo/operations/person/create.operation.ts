import { syncLeads, type PersonValues } from '../../../../apis/marketo/people/syncLeads';
import type { OperationDefinition } from '../../../shared/operation';
import { inBatches } from '../../shared/batch';
import { fieldsToWrite, options, partitionName } from '../../shared/person.properties';
import { personValues, writeOptions } from '../../shared/personInput';
import { groupOf, keyOf, syncOptionsOf, written } from '../../shared/syncGroup';

const DEFAULT_FIELD = 'email';

export const create: OperationDefinition = {
	value: 'create',
	name: 'Create',
	action: (resourceName) => `Create ${resourceName.toLowerCase()}`,
	description: 'Create a person; a person who already exists is refused, not changed',
	resources: ['person'],
	properties: [
		fieldsToWrite,
		options(partitionName, {
			displayName: 'Recognize Duplicates By Name or ID',
			name: 'duplicateField',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getUpsertFieldOptions' },
			default: DEFAULT_FIELD,
			description:
				'The field whose value must be new in Marketo; it must be among the fields above. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		}),
	],
	execute: inBatches<PersonValues>({
		async prepare(context, itemIndex, marketo) {
			const record = await personValues(context, itemIndex, marketo);
			const chosen = writeOptions(context, itemIndex);
			const lookupField = chosen.duplicateField || DEFAULT_FIELD;
			return {
				record,
				key: keyOf(record[lookupField]),
				group: groupOf({
					action: 'createOnly',
					lookupField,
					partitionName: chosen.partitionName,
				}),
			};
		},
		write: async (marketo, group, records) =>
			await syncLeads(marketo, syncOptionsOf(group), records),
		output: written,
	}),
};
