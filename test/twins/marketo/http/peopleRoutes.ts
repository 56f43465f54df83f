import { CallFailure, missing, RecordSkip } from '../errors';
import type { LeadField } from '../fields/field';
import type { Person } from '../people/person';
import { byApi } from '../people/origin';
import {
	applyPlan,
	planRecord,
	skipped,
	SYNC_ACTIONS,
	type SyncAction,
	type SyncOrder,
	type SyncPlan,
	type SyncResult,
} from '../people/syncPeople';
import {
	inputOf,
	integerListParameter,
	jsonBody,
	listParameter,
	MAX_BATCH,
	pageOf,
	requiredParameter,
	toInteger,
	type Answer,
	type Call,
} from './call';
import type { Register } from './service';

const DEFAULT_FIELDS = ['id', 'firstName', 'lastName', 'email', 'updatedAt', 'createdAt'];
const MAX_MATCHES = 1000;
const READ = ['Read-Only Lead', 'Read-Write Lead'] as const;
const WRITE = ['Read-Write Lead'] as const;

/** Reading, writing and deleting people. */
export function peopleRoutes(register: Register): void {
	register('GET', '/rest/v1/lead/{id}.json', READ, personById);
	register('GET', '/rest/v1/leads.json', READ, peopleByFilter);
	register('POST', '/rest/v1/leads.json', WRITE, syncPeople);
	register('DELETE', '/rest/v1/leads.json', WRITE, deletePeople);
	register('POST', '/rest/v1/leads/delete.json', WRITE, deletePeople);
	register('DELETE', '/rest/v1/leads/delete.json', WRITE, deletePeople);
}

/** Names of the fields to give back, `id` first. */
export function wantedFields(call: Call): string[] {
	const names = listParameter(call, 'fields');
	if (names.length === 0) return DEFAULT_FIELDS;
	for (const name of names) {
		if (!call.instance.fields.get(name)) throw new CallFailure('1006', `Field '${name}' not found`);
	}
	return ['id', ...names.filter((name) => name !== 'id')];
}

/** A person as reads show it: every wanted field is there, empty ones as null. */
export function showPerson(call: Call, person: Person, names: readonly string[]): object {
	return Object.fromEntries(names.map((name) => [name, call.instance.people.read(person, name)]));
}

function personById(call: Call): Answer {
	const { id } = call.request.params;
	const names = wantedFields(call);
	const person = call.instance.people.get(toInteger(id));
	if (!person) throw new CallFailure('1004', `Lead '${id}' not found`);
	return { result: [showPerson(call, person, names)] };
}

function peopleByFilter(call: Call): Answer {
	const filterType = requiredParameter(call, 'filterType');
	searchableField(call, filterType);
	const values = listParameter(call, 'filterValues');
	if (values.length === 0) throw new CallFailure('1002', missing('filterValues'));
	if (values.length > MAX_BATCH) {
		throw new CallFailure(
			'1003',
			`Too many values in filterValues: ${values.length}, at most ${MAX_BATCH}`,
		);
	}
	const names = wantedFields(call);
	const { people } = call.instance;
	const found = new Map<number, Person>();
	for (const value of filterType === 'id' ? values.map(toInteger) : values) {
		for (const person of people.find(filterType, value)) found.set(person.id, person);
		if (found.size > MAX_MATCHES) {
			throw new CallFailure('1003', 'Too many results match the filter');
		}
	}
	const all = [...found.values()].sort((one, other) => one.id - other.id);
	const { page, nextPageToken } = pageOf(call, `leads ${filterType} ${values.join(',')}`, all);
	return {
		result: page.map((person) => showPerson(call, person, names)),
		...(nextPageToken !== undefined && { nextPageToken, moreResult: true }),
	};
}

/** @throws CallFailure 1006, 1011 */
export function searchableField(call: Call, name: string): LeadField {
	const field = call.instance.fields.get(name);
	if (!field) throw new CallFailure('1006', `Field '${name}' not found`);
	if (!field.searchable) throw new CallFailure('1011', `Field '${name}' not supported`);
	return field;
}

async function syncPeople(call: Call): Promise<Answer> {
	const body = jsonBody(call);
	const input = inputOf(body);
	const lookupField = String(body.lookupField ?? 'email');
	searchableField(call, lookupField);
	const order: SyncOrder = {
		action: actionOf(body.action),
		lookupField,
		...(typeof body.partitionName === 'string' && { partitionName: body.partitionName }),
	};
	const result = await writeRecords(call, input, order, 'syncLead');
	return body.asyncProcessing === true ? { records: input.length } : { result };
}

/**
 * Writes records one after the other. With a window between lookup and write all are looked up
 * first, so that an equal key in another call, or in this one, is missed as it is in a real race.
 */
export async function writeRecords(
	call: Call,
	input: ReadonlyArray<Record<string, unknown>>,
	order: SyncOrder,
	method: string,
): Promise<SyncResult[]> {
	const parts = { ...partsOf(call) };
	const origin = byApi(method, call.client.user, call.requestId);
	const plan = async (record: Record<string, unknown>): Promise<SyncPlan> => {
		const planned = planRecord(record, order, parts);
		const known = planned.kind === 'update' ? planned.person.id : undefined;
		const fault = await call.recordFault(known, record.id, record[order.lookupField]);
		return fault ? { kind: 'skip', reason: fault } : planned;
	};
	const results: SyncResult[] = [];
	if (call.behaviour.upsertWindowMs > 0) {
		const plans: SyncPlan[] = [];
		for (const record of input) plans.push(await plan(record));
		await new Promise((resolve) => setTimeout(resolve, call.behaviour.upsertWindowMs));
		for (const one of plans) results.push(applyPlan(one, origin, call.context.now(), parts));
		return results;
	}
	for (const record of input) {
		results.push(applyPlan(await plan(record), origin, call.context.now(), parts));
	}
	return results;
}

export function partsOf({ instance, behaviour }: Call) {
	const { people, fields, partitions, writer, objects } = instance;
	return { people, fields, partitions, writer, objects, behaviour };
}

function actionOf(value: unknown): SyncAction {
	const action = SYNC_ACTIONS.find((one) => one === (value ?? 'createOrUpdate'));
	if (!action) {
		throw new CallFailure(
			'1001',
			`Invalid value '${String(value)}'. Required of type 'SyncAction'`,
		);
	}
	return action;
}

async function deletePeople(call: Call): Promise<Answer> {
	const ids = idsOf(call);
	const { people, writer } = call.instance;
	const result: object[] = [];
	for (const id of ids) {
		const fault = await call.recordFault(id);
		const person = people.get(Number(id));
		if (fault) {
			result.push(skipped(fault));
		} else if (!person) {
			result.push(skipped(new RecordSkip('1004').reason));
		} else {
			writer.remove(person, call.context.now());
			call.instance.dropPerson(person.id, call.context.now());
			result.push({ id: person.id, status: 'deleted' });
		}
	}
	return { result };
}

/** Ids in the body, or in the query when there is no body. */
export function idsOf(call: Call): unknown[] {
	if (call.request.body.length > 0 && /json/i.test(call.request.headers['content-type'] ?? '')) {
		const body = jsonBody(call);
		if (body.input !== undefined || !call.request.query.has('id')) {
			return inputOf(body).map((record) => {
				if (record.id === undefined) throw new CallFailure('1002', missing('id'));
				return record.id;
			});
		}
	}
	const ids = integerListParameter(call, 'id');
	if (ids.length === 0) throw new CallFailure('1002', missing('id'));
	if (ids.length > MAX_BATCH) throw new CallFailure('1003', `Too many ids: ${ids.length}`);
	return ids;
}
