import type { FieldType, ILoadOptionsFunctions, ResourceMapperFields } from 'n8n-workflow';

import { liveFields } from './fields';

/** Marketo's types as the editor's inputs know them; everything else is text. */
export const INPUTS: Record<string, FieldType> = {
	boolean: 'boolean',
	currency: 'number',
	date: 'dateTime',
	datetime: 'dateTime',
	float: 'number',
	integer: 'number',
	percent: 'number',
	score: 'number',
};

/** Shown from the start; the others are under "Add field". */
const COMMON = new Set(['email', 'firstName', 'lastName', 'company', 'title', 'phone']);

/** The fields that may be written, live from the subscription. */
export async function getWritableFields(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	const fields = (await liveFields(this))
		.filter(({ writable }) => writable)
		.sort((one, other) => one.label.localeCompare(other.label))
		.map(({ name, label, dataType }) => ({
			id: name,
			displayName: `${label} (${name})`,
			required: false,
			defaultMatch: false,
			canBeUsedToMatch: false,
			display: true,
			type: INPUTS[dataType] ?? 'string',
			readOnly: false,
			removed: !COMMON.has(name),
		}));
	return {
		fields,
		...(fields.length > 0
			? {}
			: { emptyFieldsNotice: 'The API user can see no person field that can be written' }),
	};
}
