import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ReadPerson } from '../../../apis/marketo/people/readPeople';

/** What Marketo gives by itself where no field is named; named here, so that the order is ours. */
const WITHOUT_A_CHOICE = ['email', 'firstName', 'lastName', 'createdAt', 'updatedAt'];

/** The fields that one item asks for. */
export function chosenFields(context: IExecuteFunctions, itemIndex: number): string[] {
	const chosen = context.getNodeParameter('fieldNames', itemIndex, []) as string[] | string;
	const names = (Array.isArray(chosen) ? chosen : String(chosen).split(','))
		.map((name) => name.trim())
		.filter((name) => name !== '' && name !== 'id');
	return names.length > 0 ? [...new Set(names)] : WITHOUT_A_CHOICE;
}

/** A person as the node gives it out: the id first, then the fields asked for. */
export function personJson({ id, values }: ReadPerson, fields: string[]): IDataObject {
	const json: IDataObject = { id: Number(id) };
	for (const field of fields) json[field] = values[field] ?? null;
	return json;
}
