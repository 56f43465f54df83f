import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../../../apis/marketo/objects/object';
import {
	syncObjects,
	type ObjectAction,
	type ObjectValues,
} from '../../../../apis/marketo/objects/syncObjects';
import { inBatches } from '../../shared/batch';
import { objectOf, ofObjects } from '../../shared/object';
import { clearObjectFields, objectAction, objectFields } from '../../shared/object.properties';
import { keyText, objectOptions, objectValues } from '../../shared/objectInput';
import { clearEmpty, options } from '../../shared/person.properties';

/** All that items with one group have in common. */
interface Order {
	object: MarketoObject;
	action: ObjectAction;
}

export const createOrUpdateObject = ofObjects({
	value: 'createOrUpdate',
	name: 'Create or Update',
	action: (resourceName) => `Create or update ${resourceName.toLowerCase()}`,
	description: 'Create a new record, or update the one with the same key (upsert)',
	properties: [objectFields, options(clearObjectFields, clearEmpty, objectAction)],
	execute: inBatches<{ object: MarketoObject; values: ObjectValues }>({
		async prepare(context, itemIndex, marketo) {
			const object = objectOf(context, itemIndex);
			const values = await objectValues(context, itemIndex, marketo, object);
			const { keyFields } = await describeObject(marketo, object);
			const { whichRecords: action = 'createOrUpdate' } = objectOptions(context, itemIndex);
			const order: Order = { object, action };
			return {
				record: { object, values },
				key: keyText(values, keyFields),
				group: JSON.stringify(order),
			};
		},
		async write(marketo, group, records) {
			const { object, action } = JSON.parse(group) as Order;
			const input = records.map(({ values }) => values);
			return await syncObjects(marketo, object, action, input);
		},
		missing: [
			'The record, or one that it belongs to, is not in Marketo',
			'Companies, opportunities, people and linked objects must exist first; check the IDs',
		],
		output: ({ id, created }, { object: { idField } }) => ({
			[idField]: idField === 'id' ? Number(id) : id,
			status: created ? 'created' : 'updated',
		}),
	}),
});
