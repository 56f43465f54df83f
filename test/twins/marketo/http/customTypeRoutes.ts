import { jsonBody, type Answer, type Call } from './call';
import type { Register } from './service';

const READ = ['Read-Only Activity Metadata', 'Read-Write Activity Metadata'] as const;
const WRITE = ['Read-Write Activity Metadata'] as const;
const TYPE = '/rest/v1/activities/external/type/{apiName}';

/** Metadata of custom activity types. */
export function customTypeRoutes(register: Register): void {
	register('GET', '/rest/v1/activities/external/types.json', READ, ({ instance }) => ({
		result: instance.customTypes.list(),
	}));
	register('GET', `${TYPE}/describe.json`, READ, (call) =>
		one(
			typesOf(call).describe(nameIn(call), /^true$/i.test(call.request.query.get('draft') ?? '')),
		),
	);
	register('POST', '/rest/v1/activities/external/type.json', WRITE, (call) =>
		one(typesOf(call).create(jsonBody(call), call.now)),
	);
	register('POST', `${TYPE}/attributes/create.json`, WRITE, (call) =>
		one(typesOf(call).addAttributes(nameIn(call), jsonBody(call), call.now)),
	);
	register('POST', `${TYPE}/attributes/update.json`, WRITE, (call) =>
		one(typesOf(call).updateAttributes(nameIn(call), jsonBody(call), call.now)),
	);
	register('POST', `${TYPE}/attributes/delete.json`, WRITE, (call) =>
		one(typesOf(call).deleteAttributes(nameIn(call), jsonBody(call), call.now)),
	);
	register('POST', `${TYPE}/approve.json`, WRITE, (call) =>
		one(typesOf(call).approve(nameIn(call), call.now)),
	);
	register('POST', `${TYPE}/discardDraft.json`, WRITE, (call) =>
		one(typesOf(call).discardDraft(nameIn(call), call.now)),
	);
	register('POST', `${TYPE}/delete.json`, WRITE, (call) => one(typesOf(call).remove(nameIn(call))));
	register('POST', `${TYPE}.json`, WRITE, (call) =>
		one(typesOf(call).update(nameIn(call), jsonBody(call), call.now)),
	);
}

function typesOf({ instance }: Call) {
	return instance.customTypes;
}

function nameIn({ request }: Call): string {
	return request.params.apiName!;
}

function one(type: object): Answer {
	return { result: [type] };
}
