import type { MarketoObject } from '../../../../apis/marketo/objects/object';
import {
	deleteObjects,
	type KeyedBy,
	type ObjectValues,
} from '../../../../apis/marketo/objects/syncObjects';
import { inBatches } from '../../shared/batch';
import { objectOf, ofObjects } from '../../shared/object';
import { recordKey } from '../../shared/object.properties';
import { keyText, recordKeyOf } from '../../shared/objectInput';

/** All that items with one group have in common. */
interface Order {
	object: MarketoObject;
	deleteBy: KeyedBy;
}

export const deleteObject = ofObjects({
	value: 'delete',
	name: 'Delete',
	action: (resourceName) => `Delete ${resourceName.toLowerCase()}`,
	description: 'Delete a record permanently; this deletes nothing in Dynamics',
	properties: recordKey,
	execute: inBatches<{ object: MarketoObject; key: ObjectValues }>({
		async prepare(context, itemIndex, marketo) {
			const object = objectOf(context, itemIndex);
			const key = await recordKeyOf(context, itemIndex, marketo, object);
			const order: Order = {
				object,
				deleteBy: object.idField in key ? 'idField' : 'dedupeFields',
			};
			return {
				record: { object, key },
				key: keyText(key, Object.keys(key).sort()),
				group: JSON.stringify(order),
			};
		},
		async write(marketo, group, records) {
			const { object, deleteBy } = JSON.parse(group) as Order;
			const keys = records.map(({ key }) => key);
			return await deleteObjects(marketo, object, deleteBy, keys);
		},
		missing: ['The record is not in Marketo', 'It may have been deleted already; check its key'],
		output: ({ id }, { object: { idField } }) => ({
			[idField]: idField === 'id' ? Number(id) : id,
			deleted: true,
		}),
	}),
});
