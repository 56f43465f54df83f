import type { AdminExtensions, TwinRequest, TwinResponse } from '../../chassis';
import { RecordSkip } from '../errors';
import type { LeadField } from '../fields/field';
import { parseValue, type FieldValue } from '../fields/parseValue';
import { setBehaviour } from '../options';
import { byHand } from '../people/origin';
import type { Person } from '../people/person';
import { campaignAdmin } from './campaignAdmin';
import { CLIENTS } from './clients';
import type { Limits } from './limits';
import type { MarketoService } from './service';

const OK: TwinResponse = { status: 200, body: { ok: true } };

/** What this twin has under `/__twin/` besides what every twin has. */
export function marketoAdmin(service: MarketoService, now: () => number): AdminExtensions {
	return {
		...campaignAdmin(service, now),
		'GET options': () => ({ status: 200, body: service.behaviour }),
		'POST options': (request) => {
			setBehaviour(service.behaviour, bodyOf(request));
			return OK;
		},
		'GET limits': () => ({ status: 200, body: service.metering.limits }),
		'POST limits': (request) => {
			setLimits(service.metering.limits, bodyOf(request));
			return OK;
		},
		'POST usage': (request) => {
			const { calls } = bodyOf(request);
			if (typeof calls !== 'number') throw new Error('calls is a number.');
			service.metering.countOthers(now(), calls);
			return OK;
		},
		'GET clients': () => ({
			status: 200,
			body: CLIENTS.map((client) => ({ ...client, permissions: [...client.permissions] })),
		}),
		'GET people': (request) => listPeople(service, request),
		'GET objects': () => ({ status: 200, body: service.instance.objects.counts() }),
		'GET objects/*': (request) => listObjects(service, request),
		'POST edit': (request) => {
			const { id, values, reason } = bodyOf(request);
			const person = personIn(service, id);
			const origin = byHand(reason === undefined ? undefined : String(reason));
			service.instance.writer.change(person, checked(service, values), origin, now());
			return OK;
		},
		'GET blockField': () => ({
			status: 200,
			body: { blocked: service.instance.writer.blocks.all() },
		}),
		'POST blockField': (request) => {
			const { field, sources } = bodyOf(request);
			if (!service.instance.fields.get(String(field))) {
				throw new Error(`A person has no ${String(field)}.`);
			}
			if (sources !== undefined && !Array.isArray(sources)) {
				throw new Error('sources is a list of sources as the log of changes names them.');
			}
			service.instance.writer.blocks.block(String(field), sources?.map(String));
			return OK;
		},
		'POST unblockField': (request) => {
			service.instance.writer.blocks.unblock(String(bodyOf(request).field));
			return OK;
		},
		'POST create': (request) => {
			const values = checked(service, bodyOf(request).values);
			const { partitions, writer } = service.instance;
			const person = writer.create(values, byHand(), now(), partitions.defaultId);
			return { status: 200, body: { ok: true, id: person.id } };
		},
		'POST delete': (request) => {
			const person = personIn(service, bodyOf(request).id);
			service.instance.writer.remove(person, now());
			service.instance.dropPerson(person.id, now());
			return OK;
		},
		'POST merge': (request) => {
			const { winner, losers } = bodyOf(request);
			if (!Array.isArray(losers)) throw new Error('losers is a list of ids.');
			const kept = personIn(service, winner);
			const gone = losers.map((id) => personIn(service, id));
			if (gone.includes(kept)) throw new Error('The winner cannot be a loser too.');
			const { mergeLogsDelete } = service.behaviour;
			service.instance.writer.merge(kept, gone, byHand('Merge leads'), now(), mergeLogsDelete);
			for (const loser of gone) service.instance.dropPerson(loser.id, now(), kept.id);
			return OK;
		},
	};
}

function bodyOf(request: TwinRequest): Record<string, unknown> {
	const body = request.json();
	if (body === null || typeof body !== 'object' || Array.isArray(body)) {
		throw new Error('The body is a JSON object.');
	}
	return body as Record<string, unknown>;
}

function personIn(service: MarketoService, id: unknown): Person {
	const person = service.instance.people.get(Number(id));
	if (!person) throw new Error(`There is no person ${String(id)}.`);
	return person;
}

/** Values as the screen would take them; read-only fields too, since the instance itself sets those. */
function checked(service: MarketoService, values: unknown): Map<LeadField, FieldValue> {
	if (values === null || typeof values !== 'object') throw new Error('values is an object.');
	const { fields } = service.instance;
	return new Map(
		Object.entries(values).map(([name, raw]) => {
			const field = fields.get(name);
			if (
				!field ||
				['id', 'createdAt', 'updatedAt', 'leadPartitionId', 'mktoName'].includes(name)
			) {
				throw new Error(`A person has no ${name} to set.`);
			}
			return [field, valueFor(service, field, raw)] as const;
		}),
	);
}

function valueFor(service: MarketoService, field: LeadField, raw: unknown): FieldValue {
	try {
		return parseValue(field, raw, service.behaviour);
	} catch (error) {
		if (error instanceof RecordSkip) throw error;
		throw new Error(`${field.name} (${field.dataType}) cannot hold ${JSON.stringify(raw)}.`);
	}
}

function setLimits(limits: Limits, given: Readonly<Record<string, unknown>>): void {
	for (const [name, value] of Object.entries(given)) {
		if (!(name in limits)) {
			throw new Error(`No limit ${name}. There are: ${Object.keys(limits).join(', ')}.`);
		}
		if (typeof value !== 'number' || !(value >= 0))
			throw new Error(`${name} is a number, 0 or more.`);
	}
	Object.assign(limits, given);
}

/** The people in full, page by page: no call of the API lists them. */
function listPeople(service: MarketoService, request: TwinRequest): TwinResponse {
	const offset = Number(request.query.get('offset') ?? 0);
	const limit = Number(request.query.get('limit') ?? 100);
	const search = (request.query.get('search') ?? '').toLowerCase();
	const { people } = service.instance;
	const matching = [...people.all()].filter((person) => {
		if (!search) return true;
		const { firstName, lastName, email, company } = person.values;
		return [firstName, lastName, email, company].join(' ').toLowerCase().includes(search);
	});
	const shown = matching.slice(offset, offset + limit).map((person) => ({
		...person.values,
		id: person.id,
		createdAt: people.read(person, 'createdAt'),
		updatedAt: people.read(person, 'updatedAt'),
		leadPartitionId: person.partitionId,
	}));
	return { status: 200, body: { total: matching.length, people: shown } };
}

/** The records of another object, in full, page by page: no call of the API lists them. */
function listObjects(service: MarketoService, request: TwinRequest): TwinResponse {
	const name = decodeURIComponent(request.path.split('/').at(-1)!);
	const store = service.instance.objects.named(name);
	if (!store) throw new Error(`There is no object ${name}.`);
	const offset = Number(request.query.get('offset') ?? 0);
	const limit = Number(request.query.get('limit') ?? 100);
	const records = [...store.all()].slice(offset, offset + limit).map((record) => ({
		...record.values,
		[store.type.idField]: store.idOf(record),
		createdAt: store.read(record, 'createdAt'),
		updatedAt: store.read(record, 'updatedAt'),
	}));
	return { status: 200, body: { total: store.size, records } };
}
