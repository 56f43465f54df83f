import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import {
	personFields,
	searchableFields,
	type PersonField,
} from '../../../apis/marketo/fields/personFields';
import { METADATA_AGE_MS } from '../../../apis/marketo/metadataCache';
import { connectMarketo } from '../../shared/marketoConnection';
import { marketoError } from '../shared/marketoError';

/** The fields of this subscription, young enough for somebody who has just made one. */
export async function liveFields(context: ILoadOptionsFunctions): Promise<PersonField[]> {
	return await inEditor(context, async () =>
		personFields(await connectMarketo(context), METADATA_AGE_MS.inEditor),
	);
}

/** All fields, to read. */
export async function getFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return asOptions(await liveFields(this));
}

/** Fields that may be written, to clear. */
export async function getWritableFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return asOptions((await liveFields(this)).filter(({ writable }) => writable));
}

/** Fields that people can be found by. */
export async function getLookupFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return asOptions(await lookupFields(this));
}

/** Fields that creates can look up by: all but the id, which Marketo gives itself. */
export async function getUpsertFieldOptions(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return asOptions((await lookupFields(this)).filter(({ name }) => name !== 'id'));
}

async function lookupFields(context: ILoadOptionsFunctions): Promise<PersonField[]> {
	return await inEditor(context, async () => {
		const marketo = await connectMarketo(context);
		const searchable = new Set(await searchableFields(marketo, METADATA_AGE_MS.inEditor));
		return (await personFields(marketo, METADATA_AGE_MS.inEditor)).filter(({ name }) =>
			searchable.has(name),
		);
	});
}

/** What stops a list from loading, in words: the editor shows them in place of the list. */
export async function inEditor<Result>(
	context: ILoadOptionsFunctions,
	work: () => Promise<Result>,
): Promise<Result> {
	try {
		return await work();
	} catch (cause) {
		throw marketoError(context, cause);
	}
}

export function asOptions(
	fields: Array<Pick<PersonField, 'name' | 'label' | 'dataType' | 'length'>>,
): INodePropertyOptions[] {
	return fields
		.map(({ name, label, dataType, length }) => ({
			name: `${label} (${name})`,
			value: name,
			description: length === undefined ? dataType : `${dataType} ${length}`,
		}))
		.sort((one, other) => one.name.localeCompare(other.name));
}
