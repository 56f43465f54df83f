import { CallFailure, missing, reason } from '../errors';
import type { FieldValue } from '../fields/parseValue';
import { describeObject } from '../objects/customObjectTypes';
import type { StandardObject } from '../objects/objects';
import type { ObjectRecord, ObjectStore } from '../objects/objectStore';
import { fieldOf, keyFields, type ObjectField, type ObjectType } from '../objects/objectType';
import {
	dedupeByOf,
	deleteRecord,
	memberOf,
	ObjectSync,
	orderOf,
	skippedObject,
	type ObjectResult,
	type ObjectRules,
} from '../objects/syncObjects';
import {
	inputOf,
	jsonBody,
	listParameter,
	MAX_BATCH,
	pageOf,
	requiredParameter,
	type Answer,
	type Call,
} from './call';
import type { Permission } from './clients';
import type { Register } from './service';

const SCHEMA = ['Read-Write Schema Standard Field', 'Read-Write Schema Custom Field'] as const;

/** Companies, opportunities, their roles, sales persons: one pattern for all. */
export function objectRoutes(register: Register): void {
	standard(register, '/rest/v1/companies', 'companies', 'Company');
	standard(register, '/rest/v1/opportunities/roles', 'roles', 'Opportunity');
	standard(register, '/rest/v1/opportunities', 'opportunities', 'Opportunity');
	standard(register, '/rest/v1/salespersons', 'salesPersons', 'Sales Person');
	for (const [path, kind] of [
		['/rest/v1/companies', 'companies'],
		['/rest/v1/opportunities', 'opportunities'],
	] as const) {
		register('GET', `${path}/schema/fields.json`, SCHEMA, (call) => schemaFields(call, kind));
		register('GET', `${path}/schema/fields/{name}.json`, SCHEMA, (call) => schemaField(call, kind));
	}
}

function standard(
	register: Register,
	path: string,
	kind: StandardObject,
	permission: 'Company' | 'Opportunity' | 'Sales Person',
): void {
	const read: Permission[] = [`Read-Only ${permission}`, `Read-Write ${permission}`];
	const write: Permission[] = [`Read-Write ${permission}`];
	const storeOf = ({ instance }: Call) => instance.objects[kind];
	register('GET', `${path}/describe.json`, read, (call) => {
		demandVisible(call, kind);
		return { result: [describeObject(storeOf(call).type)] };
	});
	register('GET', `${path}.json`, read, (call) => {
		demandVisible(call, kind);
		return queryObjects(call, storeOf(call));
	});
	register('POST', `${path}.json`, write, async (call) => {
		demandWritable(call);
		const { objects } = call.instance;
		if (kind === 'opportunities') objects.checkOwners(inputOf(jsonBody(call)));
		return await syncObjects(call, storeOf(call), objects.rules[kind]);
	});
	register('POST', `${path}/delete.json`, write, async (call) => {
		demandWritable(call);
		return await deleteObjects(call, storeOf(call), call.instance.objects.rules[kind]);
	});
}

/** While the native sync is on these belong to the CRM, and roles are not there at all. */
function demandVisible({ behaviour }: Call, kind: StandardObject): void {
	if (behaviour.nativeSync && kind === 'roles') throw new CallFailure('1018');
}

function demandWritable({ behaviour }: Call): void {
	if (behaviour.nativeSync) throw new CallFailure('1018');
}

/** `GET` with one field's values in the query, or with records of keys in a JSON body. */
export function queryObjects(call: Call, store: ObjectStore): Answer {
	const hasBody =
		call.request.body.length > 0 && /json/i.test(call.request.headers['content-type'] ?? '');
	const body = hasBody ? jsonBody(call) : undefined;
	const asked = body ? withQueryOf(call, body) : call;
	const filterType = requiredParameter(asked, 'filterType');
	const names = searchable(store.type, filterType);
	const keys = body ? keysIn(body, names) : valuesIn(asked, names);
	const shown = wantedFields(asked, store.type);
	const found = new Map<number, ObjectRecord>();
	for (const key of keys) {
		for (const record of store.find(names, key)) found.set(record.key, record);
	}
	const all = [...found.values()].sort((one, other) => one.key - other.key);
	const query = `${store.type.name} ${names.join()} ${JSON.stringify(keys)}`;
	const { page, nextPageToken } = pageOf(asked, query, all);
	return {
		result: page.map((record, seq) => ({ seq, ...showRecord(store, record, shown) })),
		...(nextPageToken !== undefined && { nextPageToken, moreResult: true }),
	};
}

/** @throws CallFailure 1006, 1011 */
function searchable(type: ObjectType, filterType: string): readonly string[] {
	const names = keyFields(type, filterType);
	if (names) return names;
	if (!fieldOf(type, filterType)) throw new CallFailure('1006', `Field '${filterType}' not found`);
	throw new CallFailure('1011', `Field '${filterType}' not supported`);
}

function valuesIn(call: Call, names: readonly string[]): unknown[][] {
	const values = listParameter(call, 'filterValues');
	if (values.length === 0) throw new CallFailure('1002', missing('filterValues'));
	if (values.length > MAX_BATCH) {
		throw new CallFailure(
			'1003',
			`Too many values in filterValues: ${values.length}, at most ${MAX_BATCH}`,
		);
	}
	if (names.length > 1) {
		throw new CallFailure('1003', 'A compound key is asked for with a JSON body and _method=GET');
	}
	return values.map((value) => [value]);
}

function keysIn(body: Readonly<Record<string, unknown>>, names: readonly string[]): unknown[][] {
	return inputOf(body).map((record) =>
		names.map((name) => {
			const value = memberOf(record, name);
			if (value === undefined || value === null) throw new CallFailure('1002', missing(name));
			return value;
		}),
	);
}

/** The members of a JSON query as if they stood in the address. */
function withQueryOf(call: Call, body: Readonly<Record<string, unknown>>): Call {
	const query = new URLSearchParams(call.request.query);
	for (const name of ['filterType', 'batchSize', 'nextPageToken']) {
		if (body[name] !== undefined && body[name] !== null) query.set(name, String(body[name]));
	}
	if (Array.isArray(body.fields)) query.set('fields', body.fields.join(','));
	else if (typeof body.fields === 'string') query.set('fields', body.fields);
	return { ...call, request: { ...call.request, query } };
}

/** Names to show; undefined for every field with a value. */
function wantedFields(call: Call, type: ObjectType): readonly string[] | undefined {
	const asked = listParameter(call, 'fields');
	if (asked.length === 0) return type.defaultFields;
	return asked.map((name) => {
		const field = fieldOf(type, name);
		if (!field) throw new CallFailure('1006', `Field '${name}' not found`);
		return field.name;
	});
}

/** What has no value is left out. */
function showRecord(
	store: ObjectStore,
	record: ObjectRecord,
	names: readonly string[] = store.type.fields.map((field) => field.name),
): object {
	const all = new Set([store.type.idField, ...names, 'createdAt', 'updatedAt']);
	const pairs = [...all].map((name): [string, FieldValue] => [name, store.read(record, name)]);
	return Object.fromEntries(pairs.filter(([, value]) => value !== null));
}

export async function syncObjects(
	call: Call,
	store: ObjectStore,
	rules: ObjectRules,
): Promise<Answer> {
	const body = jsonBody(call);
	const input = inputOf(body);
	const sync = new ObjectSync(store, orderOf(body), call.behaviour, rules, call.now);
	return await eachRecord(call, store, input, (record) => sync.write(record));
}

export async function deleteObjects(
	call: Call,
	store: ObjectStore,
	rules: ObjectRules,
): Promise<Answer> {
	const body = jsonBody(call);
	const input = inputOf(body);
	const deleteBy = dedupeByOf(body.deleteBy, 'deleteBy');
	return await eachRecord(call, store, input, (record) =>
		deleteRecord(store, record, deleteBy, rules, call.now),
	);
}

/** Records one after the other, each with its place in the call; a fault may strike one alone. */
async function eachRecord(
	call: Call,
	{ type }: ObjectStore,
	input: ReadonlyArray<Record<string, unknown>>,
	work: (record: Record<string, unknown>) => ObjectResult,
): Promise<Answer> {
	const result: object[] = [];
	for (const [seq, record] of input.entries()) {
		const keys = [type.idField, ...type.dedupeFields].map((name) => memberOf(record, name));
		const fault = await call.recordFault(...keys);
		result.push({
			seq,
			...(fault ? skippedObject(reason(fault.code, fault.message)) : work(record)),
		});
	}
	return { result };
}

function schemaFields(call: Call, kind: 'companies' | 'opportunities'): Answer {
	const { type } = call.instance.objects[kind];
	const fields = type.fields.filter((field) => !field.system);
	const { page, nextPageToken } = pageOf(call, `${type.name} fields`, fields);
	return {
		result: page.map(schemaOf),
		...(nextPageToken !== undefined && { nextPageToken }),
		moreResult: nextPageToken !== undefined,
	};
}

function schemaField(call: Call, kind: 'companies' | 'opportunities'): Answer {
	const { name } = call.request.params;
	const field = call.instance.objects[kind].type.fields.find(
		(one) => one.name === name && !one.system,
	);
	if (!field) throw new CallFailure('1006', `Field '${name}' not found`);
	return { result: [schemaOf(field)] };
}

function schemaOf(field: ObjectField): object {
	return {
		displayName: field.displayName,
		name: field.name,
		description: field.description ?? null,
		dataType: field.dataType,
		...(field.length !== undefined && { length: field.length }),
		isHidden: false,
		isHtmlEncodingInEmail: field.length !== undefined,
		isSensitive: false,
		isCustom: field.isCustom ?? false,
		isApiCreated: false,
	};
}
