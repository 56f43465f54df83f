import { inChunks } from '../../../lists/inChunks';
import type { Marketo } from '../client';
import { fromMarketo, type FieldValue } from '../fields/values';
import { UnaskableValue } from '../people/readPeople';
import { call } from '../transport/call';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../transport/limits';
import type { MarketoRequest } from '../transport/request';
import { describeObject } from './describeObject';
import type { MarketoObject } from './object';

/** A record with the fields that were asked for; a field without a value is null. */
export interface ReadObject {
	/** The value of the object's id field. */
	id: string;
	values: Record<string, FieldValue>;
}

/** A key: the value of each of its fields. */
export type ObjectKey = Record<string, FieldValue>;

type RawRecord = Record<string, unknown>;

/**
 * Records by the values of one searchable field; any number of values, 300 a call. Records that are
 * not there are absent; several may have one value.
 *
 * @throws UnaskableValue, MarketoProblem, NoAnswer
 */
export async function readObjects(
	marketo: Marketo,
	object: MarketoObject,
	filterField: string,
	values: string[],
	fields: string[],
): Promise<ReadObject[]> {
	const asked = [...new Set(values)];
	const unaskable = asked.find((value) => value.includes(','));
	if (unaskable !== undefined) throw new UnaskableValue(unaskable);
	return await inCalls(marketo, object, fields, asked, (part, nextPageToken) => ({
		method: 'GET',
		query: {
			filterType: filterField,
			filterValues: part.join(','),
			fields: fields.join(','),
			batchSize: RECORDS_PER_CALL,
			nextPageToken,
		},
		takesForm: true,
	}));
}

/**
 * Records by their key. A key of several fields goes as JSON (developer guide, "Compound keys").
 *
 * @throws UnaskableValue, MarketoProblem, NoAnswer
 */
export async function readObjectsByKey(
	marketo: Marketo,
	object: MarketoObject,
	keys: ObjectKey[],
	fields: string[],
): Promise<ReadObject[]> {
	const { keyFields } = await describeObject(marketo, object);
	if (keyFields.length === 1) {
		const values = keys.map((key) => String(key[keyFields[0]!] ?? ''));
		return await readObjects(marketo, object, keyFields[0]!, values, fields);
	}
	return await inCalls(marketo, object, fields, keys, (part, nextPageToken) => ({
		method: 'POST',
		query: { _method: 'GET' },
		body: {
			filterType: 'dedupeFields',
			fields,
			input: part,
			batchSize: RECORDS_PER_CALL,
			nextPageToken,
		},
	}));
}

/** What one call asks, besides what all of them do. */
type Question = Pick<MarketoRequest, 'method' | 'query' | 'body' | 'takesForm'>;

async function inCalls<Value>(
	marketo: Marketo,
	object: MarketoObject,
	fields: string[],
	values: Value[],
	questionOf: (part: Value[], nextPageToken: string | undefined) => Question,
): Promise<ReadObject[]> {
	const described = await describeObject(marketo, object);
	const types = new Map(described.fields.map(({ name, dataType }) => [name, dataType]));
	const records: ReadObject[] = [];
	for (const part of inChunks(values, RECORDS_PER_CALL)) {
		let nextPageToken: string | undefined;
		do {
			const page = await call<RawRecord>(marketo, {
				...questionOf(part, nextPageToken),
				path: `${object.path}.json`,
				timeoutMs: TIMEOUT_MS.readPeople,
				permission: `Read-Only ${object.permission}`,
				effect: 'read',
			});
			for (const raw of page.result) records.push(toRecord(raw, object, fields, types));
			// A token that stays the same leads nowhere.
			nextPageToken = page.nextPageToken === nextPageToken ? undefined : page.nextPageToken;
		} while (nextPageToken !== undefined);
	}
	return records;
}

function toRecord(
	raw: RawRecord,
	{ idField }: MarketoObject,
	fields: string[],
	types: Map<string, string>,
): ReadObject {
	const values: Record<string, FieldValue> = {};
	for (const field of fields) values[field] = fromMarketo(types.get(field), raw[field]);
	// Samples of the guide show GUIDs with a blank behind them.
	return { id: String(raw[idField] ?? '').trim(), values };
}
