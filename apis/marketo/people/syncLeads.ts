import type { Marketo } from '../client';
import type { FieldValue } from '../fields/values';
import { TIMEOUT_MS } from '../transport/limits';
import { MarketoProblem } from '../transport/errors';
import { allOf, refusedBy, type RecordOutcome } from '../transport/outcomes';
import { writeBatch } from '../transport/writeBatch';

/** Field values by REST name; null clears a field, a field that is left out stays as it is. */
export type PersonValues = Record<string, FieldValue>;

/** How Marketo treats people who are, or are not, there (developer guide, "Leads": sync leads). */
export type SyncAction = 'createOnly' | 'createOrUpdate' | 'updateOnly';

export interface SyncOptions {
	action: SyncAction;
	/** Each record must have it; `id` only with `updateOnly`. */
	lookupField: string;
	/** Name of the partition that new people go to. */
	partitionName?: string;
}

const SYNC_LEADS = {
	path: '/rest/v1/leads.json',
	timeoutMs: TIMEOUT_MS.writePeople,
	permission: 'Read-Write Lead',
};

/** Writes people (Adobe: "Sync Leads"); one outcome each, in order. Errors as `writeBatch`. */
export async function syncLeads(
	marketo: Marketo,
	{ action, lookupField, partitionName }: SyncOptions,
	people: PersonValues[],
): Promise<RecordOutcome[]> {
	const body = (input: PersonValues[]): object => ({
		action,
		lookupField,
		...(partitionName ? { partitionName } : {}),
		input,
	});
	// Every action looks the record up by its key first, so a second call cannot make a second person.
	return await writeBatch(marketo, { request: SYNC_LEADS, body, mayHalve: true }, people);
}

/** Updates people by their Marketo id. */
export async function updatePeople(
	marketo: Marketo,
	updates: Array<{ id: string; values: PersonValues }>,
): Promise<RecordOutcome[]> {
	const people = updates.map(({ id, values }) => ({ ...values, id: Number(id) }));
	return await syncLeads(marketo, { action: 'updateOnly', lookupField: 'id' }, people);
}

/**
 * Creates people: with an e-mail only where nobody has it, else by the named field of an id, where a
 * person who has that id is updated instead of made twice.
 */
export async function createPeople(
	marketo: Marketo,
	people: PersonValues[],
	lookupField: string,
	partitionName?: string,
): Promise<RecordOutcome[]> {
	const action = lookupField === 'email' ? 'createOnly' : 'createOrUpdate';
	try {
		return await syncLeads(marketo, { action, lookupField, partitionName }, people);
	} catch (cause) {
		// Documented for each record; said of the call it means the same.
		if (!(cause instanceof MarketoProblem) || !isAboutPartition(cause.code)) throw cause;
		return allOf(people.length, refusedBy(cause));
	}
}

/** Refused because of the partition: not there or not allowed, not named, another one. */
export function isAboutPartition(code: string): boolean {
	return ['1008', '1009', '1010'].includes(code);
}

/** Deletes people for good. Never reaches Dynamics by itself. */
export async function deletePeople(marketo: Marketo, ids: string[]): Promise<RecordOutcome[]> {
	const request = {
		path: '/rest/v1/leads/delete.json',
		timeoutMs: TIMEOUT_MS.writePeople,
		permission: 'Read-Write Lead',
	};
	const body = (input: Array<{ id: number }>): object => ({ input });
	return await writeBatch(
		marketo,
		{ request, body, mayHalve: true },
		ids.map((id) => ({ id: Number(id) })),
	);
}
