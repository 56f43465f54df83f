import { RETURN_ALL } from '../../../shared/returnAll';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { FieldValue } from '../../../../apis/marketo/fields/values';
import { readPeople, type ReadPerson } from '../../../../apis/marketo/people/readPeople';
import { connectMarketo } from '../../../shared/marketoConnection';
import { perItem, type OperationDefinition } from '../../../shared/operation';
import { marketoError } from '../../shared/marketoError';
import { fieldsToRead } from '../../shared/person.properties';
import { filterValues, required } from '../../shared/personInput';
import { chosenFields, personJson } from '../../shared/readFields';

interface Sort {
	field?: string;
	direction?: 'ascending' | 'descending';
}

/** Marketo has no way to ask for everybody: people are found by the values of one field. */
export const getMany: OperationDefinition = {
	value: 'getAll',
	name: 'Get Many',
	action: () => 'Get many people',
	description: 'Read people whose field matches any of these values',
	resources: ['person'],
	properties: [
		{
			displayName: 'Filter Field Name or ID',
			name: 'filterField',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getLookupFieldOptions' },
			default: 'email',
			required: true,
			description:
				'The field to search by; Marketo searches by email, ID and by text, email and integer fields of your own. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Filter Values',
			name: 'filterValues',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@example.com, nora@example.com',
			description: 'One or more values, separated by commas, or a list from an expression',
		},
		...RETURN_ALL,
		fieldsToRead,
		{
			displayName: 'Sort',
			name: 'sort',
			type: 'collection',
			placeholder: 'Add sorting',
			default: {},
			options: [
				{
					displayName: 'Direction',
					name: 'direction',
					type: 'options',
					options: [
						{ name: 'Ascending', value: 'ascending' },
						{ name: 'Descending', value: 'descending' },
					],
					default: 'ascending',
				},
				{
					displayName: 'Field Name or ID',
					name: 'field',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getFieldOptions' },
					default: '',
					description:
						'Empty values come last. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
			],
		},
	],
	execute: perItem(async (context, itemIndex) => {
		try {
			return await manyPeople(context, itemIndex);
		} catch (cause) {
			throw marketoError(context, cause, itemIndex);
		}
	}),
};

async function manyPeople(context: IExecuteFunctions, itemIndex: number) {
	const fields = chosenFields(context, itemIndex);
	const { field: sortField, direction } = context.getNodeParameter('sort', itemIndex, {}) as Sort;
	const marketo = await connectMarketo(context);
	const people = await readPeople(
		marketo,
		required(context, itemIndex, 'filterField'),
		filterValues(context, itemIndex),
		sortField ? [...fields, sortField] : fields,
	);
	if (sortField) people.sort(by(sortField, direction === 'descending' ? -1 : 1));
	const all = context.getNodeParameter('returnAll', itemIndex, false) as boolean;
	const limit = all ? people.length : (context.getNodeParameter('limit', itemIndex, 50) as number);
	return people.slice(0, limit).map((person) => personJson(person, fields));
}

function by(field: string, sign: 1 | -1): (one: ReadPerson, other: ReadPerson) => number {
	const valueOf = ({ id, values }: ReadPerson): FieldValue =>
		field === 'id' ? Number(id) : (values[field] ?? null);
	return (one, other) => {
		const [left, right] = [valueOf(one), valueOf(other)];
		if (left === null || right === null) return Number(left === null) - Number(right === null);
		return sign * compare(left, right);
	};
}

function compare(left: string | number | boolean, right: string | number | boolean): number {
	if (typeof left === 'string' && typeof right === 'string') return left.localeCompare(right);
	return Number(left) - Number(right);
}
