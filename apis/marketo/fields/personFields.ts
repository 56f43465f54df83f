import type { Marketo } from '../client';
import { METADATA_AGE_MS } from '../metadataCache';
import { call } from '../transport/call';
import { TIMEOUT_MS } from '../transport/limits';

/** A field of the Marketo person. */
export interface PersonField {
	/** REST name, as it stands in requests and answers. */
	name: string;
	/** Name on screen, and in parts of the activity log. */
	label: string;
	/** Marketo's own word: string, text, email, phone, url, integer, score, percent, float, … */
	dataType: string;
	/** Characters; not given for text areas. */
	length?: number;
	writable: boolean;
	/** Id that the activity log uses for the field. */
	id: number;
}

interface DescribedField {
	id: number;
	displayName: string;
	dataType: string;
	length?: number;
	rest?: { name: string; readOnly: boolean };
}

/** Never written, whatever `readOnly` says: Marketo calls its own `id` writable. */
const MARKETOS_OWN = new Set(['id', 'createdAt', 'updatedAt']);
const COMPUTED = new Set(['formula', 'lead_function']);

const CACHED_AS = 'person fields';

/**
 * The fields of the person, from the cache where it is young enough (default: an hour).
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function personFields(
	marketo: Marketo,
	maxAgeMs: number = METADATA_AGE_MS.fields,
): Promise<PersonField[]> {
	return await marketo.metadata.get(CACHED_AS, maxAgeMs, marketo.wire.now(), async () => {
		const { result } = await call<DescribedField>(marketo, {
			method: 'GET',
			path: '/rest/v1/leads/describe.json',
			timeoutMs: TIMEOUT_MS.usual,
			permission: 'Read-Only Lead',
			effect: 'read',
		});
		return result.flatMap(toField);
	});
}

/** Marketo named a field that it does not have, or has one that we do not know: read them anew. */
export function forgetPersonFields(marketo: Marketo): void {
	marketo.metadata.forget(CACHED_AS);
}

/** Names of the fields that people can be searched by (`filterType`, `lookupField`). */
export async function searchableFields(
	marketo: Marketo,
	maxAgeMs: number = METADATA_AGE_MS.fields,
): Promise<string[]> {
	return await marketo.metadata.get(
		'searchable person fields',
		maxAgeMs,
		marketo.wire.now(),
		async () => {
			const { result } = await call<{ searchableFields?: string[][] }>(marketo, {
				method: 'GET',
				path: '/rest/v1/leads/describe2.json',
				timeoutMs: TIMEOUT_MS.usual,
				permission: 'Read-Only Lead',
				effect: 'read',
			});
			// Each entry is a list, since other objects have compound keys; people have single ones.
			const keys = result[0]?.searchableFields ?? [];
			return keys.filter((key) => key.length === 1).map((key) => key[0]!);
		},
	);
}

function toField(described: DescribedField): PersonField[] {
	// Fields that only the former SOAP interface had have no REST name.
	if (!described.rest) return [];
	const { name, readOnly } = described.rest;
	return [
		{
			name,
			label: described.displayName,
			dataType: described.dataType,
			...(described.length === undefined ? {} : { length: described.length }),
			writable: !readOnly && !MARKETOS_OWN.has(name) && !COMPUTED.has(described.dataType),
			id: described.id,
		},
	];
}
