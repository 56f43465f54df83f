import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import type { Marketo } from '../../../../apis/marketo/client';
import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../../../apis/marketo/objects/object';
import {
	readObjects,
	readObjectsByKey,
	type ReadObject,
} from '../../../../apis/marketo/objects/readObjects';
import type { ObjectValues } from '../../../../apis/marketo/objects/syncObjects';
import { UnaskableValue } from '../../../../apis/marketo/people/readPeople';
import { Cancelled } from '../../../../apis/wire/wire';
import { connectMarketo } from '../../../shared/marketoConnection';
import { marketoError } from '../../shared/marketoError';
import { objectOf, ofObjects } from '../../shared/object';
import { objectFieldsToRead, recordKey } from '../../shared/object.properties';
import { chosenObjectFields, keyText, recordJson, recordKeyOf } from '../../shared/objectInput';

interface Question {
	itemIndex: number;
	object: MarketoObject;
	key: ObjectValues;
	fields: string[];
}

/** One record per item; items that ask alike share calls of 300. */
export const getObject = ofObjects({
	value: 'get',
	name: 'Get',
	action: (resourceName) => `Get ${resourceName.toLowerCase()}`,
	description: 'Read one record',
	properties: [...recordKey, objectFieldsToRead],
	async execute(context, items) {
		const results = new Array<INodeExecutionData>(items.length);
		const fail = (itemIndex: number, cause: unknown): void => {
			const error = marketoError(context, cause, itemIndex);
			if (cause instanceof Cancelled || !context.continueOnFail()) throw error;
			results[itemIndex] = { json: items[itemIndex]!.json, error, pairedItem: { item: itemIndex } };
		};
		const marketo = await connectMarketo(context).catch((cause: unknown) => {
			throw marketoError(context, cause);
		});
		const questions: Question[] = [];
		for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
			try {
				questions.push(await questionOf(context, itemIndex, marketo));
			} catch (cause) {
				fail(itemIndex, cause);
			}
		}
		for (const alike of askedAlike(questions)) {
			const found = await recordsFor(marketo, alike).catch((cause: unknown) => cause as Error);
			for (const question of alike) {
				const { itemIndex, object, fields } = question;
				const record = found instanceof Error ? found : found.get(textOf(question));
				if (record === undefined) fail(itemIndex, notThere(context, question));
				else if (record instanceof Error) fail(itemIndex, record);
				else {
					const json = recordJson(object, record, fields);
					results[itemIndex] = { json, pairedItem: { item: itemIndex } };
				}
			}
		}
		return results;
	},
});

async function questionOf(
	context: IExecuteFunctions,
	itemIndex: number,
	marketo: Marketo,
): Promise<Question> {
	const object = objectOf(context, itemIndex);
	const key = await recordKeyOf(context, itemIndex, marketo, object);
	const values = Object.values(key).map(String);
	// A single value goes in a list that commas part. Found here, it fails its own item alone.
	const unaskable = values.length === 1 ? values.find((value) => value.includes(',')) : undefined;
	if (unaskable !== undefined) throw new UnaskableValue(unaskable);
	const described = await describeObject(marketo, object);
	return { itemIndex, object, key, fields: chosenObjectFields(context, itemIndex, described) };
}

function askedAlike(questions: Question[]): Question[][] {
	const groups = new Map<string, Question[]>();
	for (const question of questions) {
		const { object, key, fields } = question;
		const alike = JSON.stringify([object.path, Object.keys(key).sort(), fields]);
		groups.set(alike, [...(groups.get(alike) ?? []), question]);
	}
	return [...groups.values()];
}

/** The records of questions that ask alike, by the text of their keys. */
async function recordsFor(marketo: Marketo, alike: Question[]): Promise<Map<string, ReadObject>> {
	const { object, key, fields } = alike[0]!;
	const names = Object.keys(key).sort();
	const keys = alike.map((question) => question.key);
	const wanted = [...new Set([...fields, ...names])];
	const byId = object.idField in key;
	const records = byId
		? await readObjects(
				marketo,
				object,
				object.idField,
				keys.map((one) => String(one[object.idField])),
				wanted,
			)
		: await readObjectsByKey(marketo, object, keys, wanted);
	return new Map(
		records.map((record) => [
			keyText(byId ? { [object.idField]: record.id } : record.values, names),
			record,
		]),
	);
}

function textOf({ key }: Question): string {
	return keyText(key, Object.keys(key).sort());
}

function notThere(context: IExecuteFunctions, { key, itemIndex }: Question): NodeOperationError {
	const shown = Object.entries(key)
		.map(([name, value]) => `${name} '${String(value)}'`)
		.join(', ');
	return new NodeOperationError(context.getNode(), `No record in Marketo has ${shown}`, {
		description: 'Check the value; the record may have been deleted',
		itemIndex,
	});
}
