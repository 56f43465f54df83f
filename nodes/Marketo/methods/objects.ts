import type {
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import { METADATA_AGE_MS } from '../../../apis/marketo/metadataCache';
import { customObjects } from '../../../apis/marketo/objects/customObjects';
import {
	describeObject,
	type ObjectDescription,
	type ObjectField,
} from '../../../apis/marketo/objects/describeObject';
import { connectMarketo } from '../../shared/marketoConnection';
import { offeredObject } from '../shared/object';
import { asOptions, inEditor } from './fields';
import { INPUTS } from './resourceMapping';

const NOTHING: ObjectDescription = { fields: [], keyFields: [], searchableFields: [] };

/** The custom objects of this subscription. */
export async function getCustomObjects(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await inEditor(this, async () => {
		const objects = await customObjects(await connectMarketo(this), METADATA_AGE_MS.inEditor);
		return objects.map(({ name, label, description }) => ({
			name: `${label} (${name})`,
			value: name,
			...(description === undefined ? {} : { description }),
		}));
	});
}

/** All fields of the chosen object, to read. */
export async function getObjectFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return asOptions((await liveObject(this)).fields);
}

/** Fields that records of the chosen object can be found by. */
export async function getObjectLookupFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const { fields, searchableFields } = await liveObject(this);
	return asOptions(fields.filter(({ name }) => searchableFields.includes(name)));
}

/** Fields that may be cleared: what can be written, but for the key. */
export async function getWritableObjectFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const { fields, keyFields } = await liveObject(this);
	return asOptions(fields.filter(({ name, writable }) => writable && !keyFields.includes(name)));
}

/** The fields that may be written, the key first. */
export async function getWritableObjectFields(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	const { fields, keyFields } = await liveObject(this);
	const isKey = ({ name }: ObjectField) => keyFields.includes(name);
	const writable = fields.filter((field) => field.writable);
	const inOrder = [
		...writable.filter(isKey),
		...writable
			.filter((field) => !isKey(field))
			.sort((one, other) => one.label.localeCompare(other.label)),
	];
	return { fields: inOrder.map((field) => asInput(field, isKey(field))) };
}

/** The fields of the key. */
export async function getKeyFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { fields, keyFields } = await liveObject(this);
	const key = fields.filter(({ name }) => keyFields.includes(name));
	return { fields: key.map((field) => asInput(field, true)) };
}

function asInput({ name, label, dataType }: ObjectField, required: boolean): ResourceMapperField {
	return {
		id: name,
		displayName: `${label} (${name})`,
		required,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		type: INPUTS[dataType] ?? 'string',
		readOnly: false,
		removed: false,
	};
}

/** The object that is chosen in the editor, young enough for somebody who has just changed it. */
async function liveObject(context: ILoadOptionsFunctions): Promise<ObjectDescription> {
	const object = offeredObject(context);
	if (!object) return NOTHING;
	return await inEditor(context, async () =>
		describeObject(await connectMarketo(context), object, METADATA_AGE_MS.inEditor),
	);
}
