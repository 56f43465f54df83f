import { CallFailure } from '../errors';
import { CUSTOM_OBJECT_TYPES, describeObject } from '../objects/customObjectTypes';
import type { ObjectStore } from '../objects/objectStore';
import { OBJECT_ACTIONS } from '../objects/syncObjects';
import { inputOf, jsonBody, listParameter, type Answer, type Call } from './call';
import { deleteObjects, queryObjects, syncObjects } from './objectRoutes';
import type { Register } from './service';

const READ = ['Read-Only Custom Object', 'Read-Write Custom Object'] as const;
const WRITE = ['Read-Write Custom Object'] as const;
const READ_TYPE = ['Read-Only Custom Object Type', 'Read-Write Custom Object Type'] as const;
const WRITE_TYPE = ['Read-Write Custom Object Type'] as const;
const SCHEMA = '/rest/v1/customobjects/schema';

/** Records of custom objects, and the calls that make the objects themselves. */
export function customObjectRoutes(register: Register): void {
	schemaRoutes(register);
	register('GET', '/rest/v1/customobjects.json', READ, list);
	register('GET', '/rest/v1/customobjects/{name}/describe.json', READ, (call) => ({
		result: [describeObject(customStore(call).type)],
	}));
	register('GET', '/rest/v1/customobjects/{name}.json', READ, (call) =>
		queryObjects(call, customStore(call)),
	);
	register('POST', '/rest/v1/customobjects/{name}.json', WRITE, async (call) =>
		syncObjects(call, customStore(call), call.instance.objects.customRules),
	);
	register('POST', '/rest/v1/customobjects/{name}/delete.json', WRITE, async (call) =>
		deleteObjects(call, customStore(call), {}),
	);
}

/** The store of the object in the path. @throws CallFailure 1013 for one that is not there or no more than a draft */
export function customStore(call: Call): ObjectStore {
	const { name } = call.request.params;
	const store = call.instance.objects.customStore(name!);
	if (!store) throw new CallFailure('1013', `Custom object '${name}' not found`);
	return store;
}

function list(call: Call): Answer {
	const names = listParameter(call, 'names');
	const types = call.instance.objects.types.allApproved();
	return {
		result: types
			.filter(({ name }) => names.length === 0 || names.includes(name))
			.map((type) => {
				const { fields: _fields, ...rest } = describeObject(type);
				return rest;
			}),
	};
}

function schemaRoutes(register: Register): void {
	const route = (
		method: string,
		path: string,
		permissions: typeof READ_TYPE | typeof WRITE_TYPE,
		operation: (call: Call, name: string) => Answer,
	) =>
		register(method, path, permissions, (call) => {
			// Not every subscription has this part of the API.
			if (!call.behaviour.customObjectSchema) throw new CallFailure('616');
			return operation(call, call.request.params.name ?? '');
		});
	const change = (path: string, work: (call: Call, name: string) => void) =>
		route('POST', `${SCHEMA}/{name}/${path}.json`, WRITE_TYPE, (call, name) => {
			work(call, name);
			return { result: [] };
		});
	route('GET', `${SCHEMA}.json`, READ_TYPE, listTypes);
	route('POST', `${SCHEMA}.json`, WRITE_TYPE, syncType);
	route('GET', `${SCHEMA}/fieldDataTypes.json`, READ_TYPE, () => ({ result: CUSTOM_OBJECT_TYPES }));
	route('GET', `${SCHEMA}/linkableObjects.json`, READ_TYPE, ({ instance }) => ({
		result: instance.objects.types.linkable(),
	}));
	route('GET', `${SCHEMA}/{name}/describe.json`, READ_TYPE, describeType);
	route('GET', `${SCHEMA}/{name}/dependentAssets.json`, READ_TYPE, (call, name) => {
		if (!call.instance.objects.types.names().includes(name)) throw notFound(name);
		return { result: [] };
	});
	change('addField', (call, name) => {
		call.instance.objects.types.addFields(name, inputOf(jsonBody(call)));
	});
	change('deleteField', (call, name) => {
		const input = inputOf(jsonBody(call)).map((field) => String(field.name));
		call.instance.objects.types.deleteFields(name, input);
	});
	change('{field}/updateField', (call, name) => {
		const field = call.request.params.field!;
		call.instance.objects.types.updateField(name, field, jsonBody(call));
	});
	change('approve', (call, name) => call.instance.objects.types.approve(name, call.now));
	change('discardDraft', (call, name) => call.instance.objects.types.discardDraft(name));
	change('delete', ({ instance: { objects } }, name) => {
		objects.types.remove(name);
		objects.dropCustom(name);
	});
}

function listTypes(call: Call): Answer {
	const { types } = call.instance.objects;
	const names = listParameter(call, 'names');
	const state = call.request.query.get('state') ?? undefined;
	return {
		result: types
			.names()
			.filter((name) => names.length === 0 || names.includes(name))
			.flatMap((name) => types.described(name, state) ?? []),
	};
}

function describeType(call: Call, name: string): Answer {
	const state = call.request.query.get('state') ?? undefined;
	const found = call.instance.objects.types.described(name, state);
	if (!found) throw notFound(name);
	return { result: [found] };
}

function syncType(call: Call): Answer {
	const body = jsonBody(call);
	const action = body.action ?? 'createOrUpdate';
	if (!OBJECT_ACTIONS.some((one) => one === action)) {
		throw new CallFailure(
			'1001',
			`Invalid value '${String(action)}'. Required of type 'SyncAction'`,
		);
	}
	call.instance.objects.types.sync(body, String(action));
	return { result: [] };
}

function notFound(name: string): CallFailure {
	return new CallFailure('1013', `Custom object '${name}' not found`);
}
