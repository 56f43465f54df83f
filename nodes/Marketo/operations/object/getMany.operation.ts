import type { IExecuteFunctions } from 'n8n-workflow';

import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import { readObjects } from '../../../../apis/marketo/objects/readObjects';
import { connectMarketo } from '../../../shared/marketoConnection';
import { perItem } from '../../../shared/operation';
import { marketoError } from '../../shared/marketoError';
import { objectOf, ofObjects } from '../../shared/object';
import { objectFieldsToRead, objectFilter } from '../../shared/object.properties';
import { chosenObjectFields, recordJson } from '../../shared/objectInput';
import { filterValues, required } from '../../shared/personInput';

/** Marketo has no way to ask for all records: they are found by the values of one field. */
export const getManyObjects = ofObjects({
	value: 'getAll',
	name: 'Get Many',
	action: (resourceName) => `Get many records of ${resourceName.toLowerCase()}`,
	description: 'Read all records whose field matches any of these values',
	properties: [...objectFilter, objectFieldsToRead],
	execute: perItem(async (context, itemIndex) => {
		try {
			return await manyRecords(context, itemIndex);
		} catch (cause) {
			throw marketoError(context, cause, itemIndex);
		}
	}),
});

async function manyRecords(context: IExecuteFunctions, itemIndex: number) {
	const marketo = await connectMarketo(context);
	const object = objectOf(context, itemIndex);
	const fields = chosenObjectFields(context, itemIndex, await describeObject(marketo, object));
	const records = await readObjects(
		marketo,
		object,
		required(context, itemIndex, 'filterField'),
		filterValues(context, itemIndex),
		fields,
	);
	const all = context.getNodeParameter('returnAll', itemIndex, false) as boolean;
	const limit = all ? records.length : (context.getNodeParameter('limit', itemIndex, 50) as number);
	return records.slice(0, limit).map((record) => recordJson(object, record, fields));
}
