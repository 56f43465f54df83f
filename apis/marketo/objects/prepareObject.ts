import type { Marketo } from '../client';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';

/** What fields of custom objects can be, besides links (developer guide, "List field data types"). */
export const OBJECT_FIELD_TYPES = [
	'boolean',
	'currency',
	'date',
	'datetime',
	'email',
	'float',
	'integer',
	'phone',
	'string',
	'text',
] as const;

interface WantedField {
	name: string;
	label: string;
}

/** A custom object for rows of Dynamics. */
export interface WantedObject {
	/** API name. */
	name: string;
	label: string;
	/** For the ID of the row: the only field by which records are told apart. */
	key: WantedField;
	/** Whom its records belong to. */
	links: Array<WantedField & { to: 'lead' | 'company' }>;
	fields: Array<WantedField & { dataType: string }>;
}

const NOT_FOUND = '1013';
const SCHEMA = '/rest/v1/customobjects/schema';

/** One step of the making; `change`: what it sends. */
async function schemaCall<Result>(marketo: Marketo, path: string, change?: object) {
	return await call<Result>(marketo, {
		method: change ? 'POST' : 'GET',
		path: `${SCHEMA}${path}.json`,
		...(change && { body: change }),
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Write Custom Object Type',
		effect: change ? 'write' : 'read',
	});
}

interface Found {
	state?: string;
	fields?: Array<{ name: string }>;
}

/**
 * Makes a custom object with its key, links and fields, and approves it (developer guide, "Custom object types"). May
 * be repeated: one that is approved is left alone, a draft that an earlier try has left is completed.
 *
 * @throws MarketoProblem (616 where the subscription does not have this part of the API), NoAnswer
 */
export async function prepareObject(
	marketo: Marketo,
	wanted: WantedObject,
): Promise<'there' | 'created'> {
	const { name, label, key, links, fields } = wanted;
	const path = `/${encodeURIComponent(name)}`;
	const found = await stateOf(marketo, path);
	if (found?.state?.startsWith('approved')) return 'there';
	if (!found)
		await schemaCall(marketo, '', {
			action: 'createOnly',
			apiName: name,
			displayName: label,
			pluralName: label,
			showInLeadDetail: true,
		});
	const present = new Set(found?.fields?.map((field) => field.name.toLowerCase()));
	const input = [
		{ ...shown(key), dataType: 'string', isDedupeField: true },
		...links.map((link) => ({
			...shown(link),
			dataType: 'link',
			relatedTo: { name: link.to, field: link.to === 'lead' ? 'id' : 'Id' },
		})),
		...fields.map((field) => ({ ...shown(field), dataType: field.dataType })),
	].filter((field) => !present.has(field.name.toLowerCase()));
	if (input.length > 0) await schemaCall(marketo, `${path}/addField`, { input });
	await schemaCall(marketo, `${path}/approve`, {});
	marketo.metadata.forget('custom objects');
	return 'created';
}

const shown = ({ name, label }: WantedField) => ({ name, displayName: label });

async function stateOf(marketo: Marketo, path: string): Promise<Found | undefined> {
	try {
		return (await schemaCall<Found>(marketo, `${path}/describe`)).result[0];
	} catch (cause) {
		if (cause instanceof MarketoProblem && cause.code === NOT_FOUND) return undefined;
		throw cause;
	}
}
