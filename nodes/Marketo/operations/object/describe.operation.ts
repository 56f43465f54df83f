import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import { METADATA_AGE_MS } from '../../../../apis/marketo/metadataCache';
import { objectOf, ofObjects } from '../../shared/object';
import { once } from '../../shared/once';

export const describeFields = ofObjects({
	value: 'describe',
	name: 'Describe',
	action: (resourceName) => `Describe the fields of ${resourceName.toLowerCase()}`,
	description:
		'List the fields: names, types, lengths, and which ones can be written and searched by; and the key',
	properties: [],
	execute: once(async (context, marketo) => {
		const object = objectOf(context, 0);
		const described = await describeObject(marketo, object, METADATA_AGE_MS.inEditor);
		return described.fields.map(({ name, label, dataType, length, writable }) => ({
			name,
			label,
			dataType,
			length: length ?? null,
			writable,
			searchable: described.searchableFields.includes(name),
			key: described.keyFields.includes(name),
		}));
	}),
});
