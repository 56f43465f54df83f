import { personFields, searchableFields } from '../../../../apis/marketo/fields/personFields';
import { METADATA_AGE_MS } from '../../../../apis/marketo/metadataCache';
import type { OperationDefinition } from '../../../shared/operation';
import { once } from '../../shared/once';

export const describe: OperationDefinition = {
	value: 'describe',
	name: 'Describe',
	action: () => 'Describe the fields of a person',
	description:
		'List the fields of a person: names, types, lengths, and which ones can be written and searched by',
	resources: ['setup'],
	properties: [],
	execute: once(async (_, marketo) => {
		const searchable = new Set(await searchableFields(marketo, METADATA_AGE_MS.inEditor));
		const fields = await personFields(marketo, METADATA_AGE_MS.inEditor);
		return fields.map(({ name, label, dataType, length, writable, id }) => ({
			name,
			label,
			dataType,
			length: length ?? null,
			writable,
			searchable: searchable.has(name),
			fieldId: id,
		}));
	}),
};
