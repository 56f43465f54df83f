import { isObject } from '../wire/json';
import { PERSON_LINK_FIELDS } from './fields/linkFields';
import type { MarketoObject } from './objects/object';

/** A permission of the API user's role, and a call that changes nothing but is refused without it. */
export interface Permission {
	/** In the words of Marketo's role editor. */
	name: string;
	/** Not needed any more once *Prepare* has made the fields of the sync. */
	onlyForPrepare?: true;
	probe: Probe;
}

export interface Probe {
	method: 'GET' | 'POST';
	/** Starts with `/rest/v1/`. */
	path: string;
	body?: object;
}

const NOTHING = { input: [] };

const READ_PEOPLE: Permission = {
	name: 'Read-Only Lead',
	probe: { method: 'GET', path: '/rest/v1/leads/describe.json' },
};

/** All that the sync needs. A write is tried with nothing to write, which Marketo refuses for another reason. */
export const SYNC_PERMISSIONS: readonly Permission[] = [
	READ_PEOPLE,
	{
		name: 'Read-Write Lead',
		probe: { method: 'POST', path: '/rest/v1/leads.json', body: NOTHING },
	},
	{
		name: 'Read-Only Activity',
		probe: { method: 'GET', path: '/rest/v1/activities/types.json' },
	},
	{
		name: 'Read-Write Activity',
		probe: { method: 'POST', path: '/rest/v1/activities/external.json', body: NOTHING },
	},
	{
		name: 'Read-Only Activity Metadata',
		probe: { method: 'GET', path: '/rest/v1/activities/external/types.json' },
	},
	{
		name: 'Read-Write Activity Metadata',
		onlyForPrepare: true,
		probe: { method: 'POST', path: '/rest/v1/activities/external/type.json', body: {} },
	},
	{
		name: 'Read-Write Schema Custom Field',
		onlyForPrepare: true,
		probe: { method: 'POST', path: '/rest/v1/leads/schema/fields.json', body: NOTHING },
	},
];

/** What a sync of another object than people needs. */
export function objectPermissions({ path, permission }: MarketoObject): Permission[] {
	return [
		{
			name: `Read-Only ${permission}`,
			probe: { method: 'GET', path: `${path}/describe.json` },
		},
		{
			name: `Read-Write ${permission}`,
			probe: { method: 'POST', path: `${path}.json`, body: NOTHING },
		},
	];
}

/** What a sync of custom objects needs; a write is tried on an object that nobody has. */
export const CUSTOM_OBJECT_PERMISSIONS: readonly Permission[] = [
	{
		name: 'Read-Only Custom Object',
		probe: { method: 'GET', path: '/rest/v1/customobjects.json' },
	},
	{
		name: 'Read-Write Custom Object',
		probe: { method: 'POST', path: '/rest/v1/customobjects/none.json', body: NOTHING },
	},
];

/**
 * The names of the permissions that the signed-in API user lacks for the sync; one call for each that is
 * asked for. Those of *Prepare* count until it has made its fields.
 *
 * @param ask gives the parsed body of the answer; undefined where none came
 */
export async function missingPermissions(
	ask: (probe: Probe) => Promise<unknown>,
): Promise<string[]> {
	const missing: string[] = [];
	let isPrepared = false;
	for (const permission of SYNC_PERMISSIONS) {
		if (permission.onlyForPrepare && isPrepared) continue;
		const body = await ask(permission.probe);
		if (isDenied(body)) missing.push(permission.name);
		if (permission === READ_PEOPLE) isPrepared = hasLinkFields(body);
	}
	return missing;
}

/** 603 is the one code for it (developer guide, "Error codes"); it also comes from an IP allow-list. */
function isDenied(body: unknown): boolean {
	const errors = isObject(body) && Array.isArray(body.errors) ? body.errors : [];
	return errors.some((error) => isObject(error) && String(error.code) === '603');
}

function hasLinkFields(body: unknown): boolean {
	const described = isObject(body) && Array.isArray(body.result) ? body.result : [];
	const names = new Set(
		described.map((field) => (isObject(field) && isObject(field.rest) ? field.rest.name : '')),
	);
	return Object.values(PERSON_LINK_FIELDS).every(({ name }) => names.has(name));
}
