import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import type { Marketo } from '../../../../apis/marketo/client';
import {
	readPeople,
	UnaskableValue,
	type ReadPerson,
} from '../../../../apis/marketo/people/readPeople';
import { Cancelled } from '../../../../apis/wire/wire';
import { connectMarketo } from '../../../shared/marketoConnection';
import type { OperationDefinition } from '../../../shared/operation';
import { marketoError } from '../../shared/marketoError';
import { fieldsToRead, lookupField, lookupValue } from '../../shared/person.properties';
import { required } from '../../shared/personInput';
import { chosenFields, personJson } from '../../shared/readFields';

interface Question {
	itemIndex: number;
	field: string;
	value: string;
	fields: string[];
}

/** One question per item; questions that ask alike share calls of 300. */
export const get: OperationDefinition = {
	value: 'get',
	name: 'Get',
	action: (resourceName) => `Get ${resourceName.toLowerCase()}`,
	description: 'Read one person',
	resources: ['person'],
	properties: [lookupField('id', 'getLookupFieldOptions'), lookupValue, fieldsToRead],
	async execute(context, items) {
		const results = new Array<INodeExecutionData>(items.length);
		const fail = (itemIndex: number, cause: unknown): void => {
			const error = marketoError(context, cause, itemIndex);
			if (cause instanceof Cancelled || !context.continueOnFail()) throw error;
			const { json } = items[itemIndex]!;
			results[itemIndex] = { json, error, pairedItem: { item: itemIndex } };
		};
		const questions: Question[] = [];
		for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
			try {
				questions.push(questionOf(context, itemIndex));
			} catch (cause) {
				fail(itemIndex, cause);
			}
		}
		const marketo = await connectMarketo(context).catch((cause: unknown) => {
			throw marketoError(context, cause);
		});
		for (const alike of askedAlike(questions)) {
			const people = await peopleFor(marketo, alike).catch((cause: unknown) => cause as Error);
			for (const question of alike) {
				try {
					if (people instanceof Error) throw marketoError(context, people, question.itemIndex);
					const person = theOne(context, question, people);
					const pairedItem = { item: question.itemIndex };
					results[question.itemIndex] = { json: personJson(person, question.fields), pairedItem };
				} catch (cause) {
					fail(question.itemIndex, cause);
				}
			}
		}
		return results;
	},
};

function questionOf(context: IExecuteFunctions, itemIndex: number): Question {
	const value = required(context, itemIndex, 'lookupValue');
	// Found here, one such value fails its own item and not all that share its call.
	if (value.includes(',')) throw new UnaskableValue(value);
	return {
		itemIndex,
		field: required(context, itemIndex, 'lookupField'),
		value,
		fields: chosenFields(context, itemIndex),
	};
}

function askedAlike(questions: Question[]): Question[][] {
	const groups = new Map<string, Question[]>();
	for (const question of questions) {
		const alike = JSON.stringify([question.field, question.fields]);
		const group = groups.get(alike);
		if (group) group.push(question);
		else groups.set(alike, [question]);
	}
	return [...groups.values()];
}

async function peopleFor(marketo: Marketo, alike: Question[]): Promise<ReadPerson[]> {
	const { field, fields } = alike[0]!;
	const values = alike.map(({ value }) => value);
	return await readPeople(marketo, field, values, [...fields, field]);
}

/** @throws NodeOperationError where nobody or more than one person has the value */
function theOne(context: IExecuteFunctions, question: Question, people: ReadPerson[]): ReadPerson {
	const { field, value, itemIndex } = question;
	const found = people.filter((person) =>
		sameValue(field === 'id' ? person.id : person.values[field], value),
	);
	if (found.length === 1) return found[0]!;
	const [message, description] =
		found.length === 0
			? [
					`No person in Marketo has ${field} '${value}'`,
					'Check the value; the person may have been deleted or merged',
				]
			: [
					`${found.length} people in Marketo have ${field} '${value}' (IDs ${found.map(({ id }) => id).join(', ')})`,
					"Look the person up by ID, or use 'Get Many'",
				];
	throw new NodeOperationError(context.getNode(), message, { description, itemIndex });
}

/** Marketo compares without letter case, and numbers as numbers. */
function sameValue(stored: unknown, asked: string): boolean {
	if (typeof stored === 'number') return stored === Number(asked);
	return (
		String(stored ?? '')
			.trim()
			.toLowerCase() === asked.toLowerCase()
	);
}
