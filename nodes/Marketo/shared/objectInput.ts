import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type { Marketo } from '../../../apis/marketo/client';
import { toMarketo } from '../../../apis/marketo/fields/values';
import {
	describeObject,
	type ObjectDescription,
	type ObjectField,
} from '../../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../../apis/marketo/objects/object';
import type { ReadObject } from '../../../apis/marketo/objects/readObjects';
import type { ObjectAction, ObjectValues } from '../../../apis/marketo/objects/syncObjects';
import { givenValues, required } from './personInput';

interface ObjectOptions {
	clearFields?: string[];
	clearEmpty?: boolean;
	whichRecords?: ObjectAction;
}

/** The operation's *Options*. */
export function objectOptions(context: IExecuteFunctions, itemIndex: number): ObjectOptions {
	return context.getNodeParameter('options', itemIndex, {}) as ObjectOptions;
}

/**
 * The values that one item writes, in the form that Marketo wants, and null for the fields to clear.
 *
 * @throws UnfitValue for a value that its field cannot take
 * @throws NodeOperationError where a field of the key has no value
 */
export async function objectValues(
	context: IExecuteFunctions,
	itemIndex: number,
	marketo: Marketo,
	object: MarketoObject,
): Promise<ObjectValues> {
	const described = await describeObject(marketo, object);
	const { clearFields = [], clearEmpty = false } = objectOptions(context, itemIndex);
	const writable = described.fields.filter((field) => field.writable);
	const values = onWire(context, itemIndex, 'fields', writable, clearEmpty);
	for (const name of clearFields) values[name] = null;
	requireKey(context, itemIndex, described, values);
	return values;
}

/** What one item's record is found by: its key or its id. @throws NodeOperationError where a part is empty */
export async function recordKeyOf(
	context: IExecuteFunctions,
	itemIndex: number,
	marketo: Marketo,
	object: MarketoObject,
): Promise<ObjectValues> {
	if (context.getNodeParameter('lookUpBy', itemIndex, 'key') === 'id') {
		const id = required(context, itemIndex, 'recordId');
		return { [object.idField]: object.idField === 'id' ? Number(id) : id };
	}
	const described = await describeObject(marketo, object);
	const key = described.fields.filter(({ name }) => described.keyFields.includes(name));
	const values = onWire(context, itemIndex, 'keyFields', key, false);
	requireKey(context, itemIndex, described, values);
	return values;
}

/** Text that is the same for two records exactly where Marketo takes them for one. */
export function keyText(values: ObjectValues, keyFields: string[]): string {
	return JSON.stringify(
		keyFields.map((name) =>
			String(values[name] ?? '')
				.trim()
				.toLowerCase(),
		),
	);
}

/** A record as the node gives it out: the id first, then the fields asked for. */
export function recordJson(
	{ idField }: MarketoObject,
	{ id, values }: ReadObject,
	fields: string[],
): IDataObject {
	const json: IDataObject = { [idField]: idField === 'id' ? Number(id) : id };
	for (const field of fields) if (field !== idField) json[field] = values[field] ?? null;
	return json;
}

/** The fields that one item asks for. */
export function chosenObjectFields(
	context: IExecuteFunctions,
	itemIndex: number,
	{ keyFields }: ObjectDescription,
): string[] {
	const chosen = context.getNodeParameter('fieldNames', itemIndex, []) as string[] | string;
	const names = (Array.isArray(chosen) ? chosen : String(chosen).split(','))
		.map((name) => name.trim())
		.filter((name) => name !== '');
	return names.length > 0 ? [...new Set(names)] : [...keyFields, 'createdAt', 'updatedAt'];
}

function onWire(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: string,
	fields: ObjectField[],
	clearEmpty: boolean,
): ObjectValues {
	const known = new Map(fields.map((field) => [field.name, field]));
	const values: ObjectValues = {};
	const given = givenValues(context, itemIndex, parameter, (name) => known.has(name));
	for (const [name, value] of Object.entries(given)) {
		const field = known.get(name) ?? { name, label: name, dataType: 'string' };
		const wire = toMarketo(field, value, context.getTimezone());
		if (wire !== null || clearEmpty) values[name] = wire;
	}
	return values;
}

function requireKey(
	context: IExecuteFunctions,
	itemIndex: number,
	{ keyFields, fields }: ObjectDescription,
	values: ObjectValues,
): void {
	const absent = keyFields.find((name) => values[name] === undefined || values[name] === null);
	if (absent === undefined) return;
	const label = fields.find(({ name }) => name === absent)?.label ?? absent;
	throw new NodeOperationError(context.getNode(), `'${label}' (${absent}) is empty`, {
		description: 'Marketo tells records apart by it: enter a value',
		itemIndex,
	});
}
