import type { Marketo } from '../client';
import type { FieldValue } from '../fields/values';
import { TIMEOUT_MS } from '../transport/limits';
import type { RecordOutcome } from '../transport/outcomes';
import { writeBatch } from '../transport/writeBatch';
import type { MarketoObject } from './object';

/** Field values by name; null clears a field, a field that is left out stays as it is. */
export type ObjectValues = Record<string, FieldValue>;

/** How Marketo treats records that are, or are not, there. */
export type ObjectAction = 'createOnly' | 'createOrUpdate' | 'updateOnly';

/** Which field records are told apart by: their key, or Marketo's id (only to update and delete). */
export type KeyedBy = 'dedupeFields' | 'idField';

/**
 * Writes records by their key (developer guide, "Create and update"); one outcome each, in order. A key
 * may stand in a call once only. Errors as `writeBatch`.
 */
export async function syncObjects(
	marketo: Marketo,
	object: MarketoObject,
	action: ObjectAction,
	records: ObjectValues[],
): Promise<RecordOutcome[]> {
	const request = {
		path: `${object.path}.json`,
		timeoutMs: TIMEOUT_MS.writeObjects,
		permission: `Read-Write ${object.permission}`,
	};
	const body = (input: ObjectValues[]): object => ({ action, dedupeBy: 'dedupeFields', input });
	// Every action looks the record up by its key first, so a second call cannot make a second record.
	return await writeBatch(marketo, { request, body, mayHalve: true }, records);
}

/** Deletes records by their key or by Marketo's id. Errors as `writeBatch`. */
export async function deleteObjects(
	marketo: Marketo,
	object: MarketoObject,
	deleteBy: KeyedBy,
	keys: ObjectValues[],
): Promise<RecordOutcome[]> {
	const request = {
		path: `${object.path}/delete.json`,
		timeoutMs: TIMEOUT_MS.writeObjects,
		permission: `Read-Write ${object.permission}`,
	};
	const body = (input: ObjectValues[]): object => ({ deleteBy, input });
	return await writeBatch(marketo, { request, body, mayHalve: true }, keys);
}
