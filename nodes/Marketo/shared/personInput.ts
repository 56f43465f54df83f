import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type { Marketo } from '../../../apis/marketo/client';
import { personFields } from '../../../apis/marketo/fields/personFields';
import { toMarketo } from '../../../apis/marketo/fields/values';
import type { PersonValues } from '../../../apis/marketo/people/syncLeads';

interface WriteOptions {
	clearFields?: string[];
	clearEmpty?: boolean;
	partitionName?: string;
	duplicateField?: string;
}

/** The operation's *Options*, those of writing. */
export function writeOptions(context: IExecuteFunctions, itemIndex: number): WriteOptions {
	return context.getNodeParameter('options', itemIndex, {}) as WriteOptions;
}

/**
 * The values that one item writes: those of *Fields* (or of the input, matched by name), in the form
 * that Marketo wants, and null for the fields to clear.
 *
 * @throws UnfitValue for a value that its field cannot take
 */
export async function personValues(
	context: IExecuteFunctions,
	itemIndex: number,
	marketo: Marketo,
): Promise<PersonValues> {
	const fields = new Map((await personFields(marketo)).map((field) => [field.name, field]));
	const { clearFields = [], clearEmpty = false } = writeOptions(context, itemIndex);
	const values: PersonValues = {};
	const isWritable = (name: string) => fields.get(name)?.writable === true;
	for (const [name, value] of Object.entries(
		givenValues(context, itemIndex, 'fields', isWritable),
	)) {
		const field = fields.get(name) ?? { name, label: name, dataType: 'string' };
		const onWire = toMarketo(field, value, context.getTimezone());
		if (onWire !== null || clearEmpty) values[name] = onWire;
	}
	for (const name of clearFields) values[name] = null;
	return values;
}

/** @throws NodeOperationError where the parameter is empty */
export function required(context: IExecuteFunctions, itemIndex: number, name: string): string {
	const value = context.getNodeParameter(name, itemIndex, '') as unknown;
	const text = value === null || value === undefined ? '' : String(value).trim();
	if (text !== '') return text;
	throw new NodeOperationError(context.getNode(), `'${labelOf(name)}' is empty`, {
		description: 'Enter a value, or remove this item before this step',
		itemIndex,
	});
}

export function isPersonId(text: string): boolean {
	return /^\d{1,15}$/.test(text);
}

/** The Marketo id in a parameter. @throws NodeOperationError where it is no number */
export function requiredId(context: IExecuteFunctions, itemIndex: number, name: string): string {
	const id = required(context, itemIndex, name);
	if (isPersonId(id)) return id;
	throw new NodeOperationError(context.getNode(), `'${id}' is not a Marketo ID`, {
		description: `'${labelOf(name)}' takes a whole number, as in the URL of the person in Marketo`,
		itemIndex,
	});
}

/** The values of *Filter Values*. @throws NodeOperationError where there is none */
export function filterValues(context: IExecuteFunctions, itemIndex: number): string[] {
	const given = context.getNodeParameter('filterValues', itemIndex, '') as unknown;
	const list: unknown[] = Array.isArray(given) ? given : String(given ?? '').split(/[,\n]/);
	const values = list.map((value) => String(value ?? '').trim()).filter((value) => value !== '');
	if (values.length > 0) return values;
	throw new NodeOperationError(context.getNode(), "'Filter Values' is empty", {
		description: 'Enter at least one value; Marketo cannot be searched for everybody',
		itemIndex,
	});
}

function labelOf(name: string): string {
	return name
		.replace(/([A-Z])/g, ' $1')
		.replace(/^./, (letter) => letter.toUpperCase())
		.replace(/\bId\b/, 'ID');
}

/** The values of a resource mapper: those that were entered, or those of the input that are `meant` for Marketo. */
export function givenValues(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: string,
	meant: (name: string) => boolean,
): IDataObject {
	const mode = context.getNodeParameter(`${parameter}.mappingMode`, itemIndex) as string;
	if (mode !== 'autoMapInputData') {
		return (context.getNodeParameter(`${parameter}.value`, itemIndex) as IDataObject | null) ?? {};
	}
	// Input has columns for other steps too: what is no writable field is not meant for Marketo.
	const input = context.getInputData()[itemIndex]!.json;
	return Object.fromEntries(Object.entries(input).filter(([name]) => meant(name)));
}
