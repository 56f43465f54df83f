import type { Marketo } from '../client';
import { METADATA_AGE_MS } from '../metadataCache';
import { call } from '../transport/call';
import { TIMEOUT_MS } from '../transport/limits';
import type { MarketoObject } from './object';

/** A field of an object. */
export interface ObjectField {
	/** As it stands in requests and answers. */
	name: string;
	/** Name on screen. */
	label: string;
	dataType: string;
	/** Characters. */
	length?: number;
	/** Taken from a record: everything that Marketo does not set itself. A key is given once and then stays. */
	writable: boolean;
	/** Of a custom object's link: what it leads to (`lead`, `company`, another custom object), and by which of its fields. */
	linksTo?: { object: string; field: string };
}

/** What an object is like. */
export interface ObjectDescription {
	fields: ObjectField[];
	/** Together they tell records apart. */
	keyFields: string[];
	/** Fields that records can be found by, one at a time. */
	searchableFields: string[];
}

interface Described {
	dedupeFields?: string[];
	searchableFields?: string[][];
	fields?: Array<{ name: string; displayName: string; dataType: string; length?: number }>;
	relationships?: Relationship[];
}

/** Samples of the guide call what a link leads to by either name. */
interface Relationship {
	field?: string;
	relatedTo?: RelatedTo;
	object?: RelatedTo;
}

interface RelatedTo {
	name?: string;
	field?: string;
	linkField?: string;
}

/**
 * The fields and keys of an object, from the cache where it is young enough (default: an hour).
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function describeObject(
	marketo: Marketo,
	object: MarketoObject,
	maxAgeMs: number = METADATA_AGE_MS.fields,
): Promise<ObjectDescription> {
	const { path, permission } = object;
	return await marketo.metadata.get(`object ${path}`, maxAgeMs, marketo.wire.now(), async () => {
		const { result } = await call<Described>(marketo, {
			method: 'GET',
			path: `${path}/describe.json`,
			timeoutMs: TIMEOUT_MS.usual,
			permission: `Read-Only ${permission}`,
			effect: 'read',
		});
		return descriptionOf(object, result[0] ?? {});
	});
}

function descriptionOf({ idField }: MarketoObject, described: Described): ObjectDescription {
	const ofMarketo = new Set<string>([idField, 'createdAt', 'updatedAt']);
	return {
		keyFields: described.dedupeFields ?? [],
		searchableFields: (described.searchableFields ?? []).flatMap((names) =>
			names.length === 1 ? names : [],
		),
		fields: (described.fields ?? []).map(({ name, displayName, dataType, length }) => ({
			name,
			label: displayName,
			// One sample of the guide writes "String".
			dataType: dataType.toLowerCase(),
			...(length === undefined ? {} : { length }),
			writable: !ofMarketo.has(name),
			...linkOf(name, described.relationships),
		})),
	};
}

function linkOf(name: string, relationships: Relationship[] = []): Pick<ObjectField, 'linksTo'> {
	const related = relationships.find(({ field }) => field === name);
	const { name: object, field, linkField } = related?.relatedTo ?? related?.object ?? {};
	const by = field ?? linkField;
	if (object === undefined || by === undefined) return {};
	return { linksTo: { object: object.toLowerCase(), field: by } };
}
