import { CallFailure, missing, reason } from '../errors';
import { inputOf, jsonBody, type Answer, type Call } from './call';
import type { Register } from './service';

/** Partitions, usage and errors. */
export function instanceRoutes(register: Register): void {
	const read = ['Read-Only Lead', 'Read-Write Lead'] as const;
	register('GET', '/rest/v1/leads/partitions.json', read, ({ instance }) => ({
		result: instance.partitions.all(),
	}));
	register('POST', '/rest/v1/leads/partitions.json', ['Read-Write Lead'], movePeople);
	register('GET', '/rest/v1/stats/usage.json', [], ({ metering, now }) => ({
		result: metering.usage(now, 1),
	}));
	register('GET', '/rest/v1/stats/usage/last7days.json', [], ({ metering, now }) => ({
		result: metering.usage(now, 7),
	}));
	register('GET', '/rest/v1/stats/errors.json', [], ({ metering, now }) => ({
		result: metering.errors(now, 1),
	}));
	register('GET', '/rest/v1/stats/errors/last7days.json', [], ({ metering, now }) => ({
		result: metering.errors(now, 7),
	}));
}

function movePeople(call: Call): Answer {
	const { people, partitions } = call.instance;
	return {
		result: inputOf(jsonBody(call)).map((record) => {
			const name = String(record.partitionName ?? '');
			if (record.id === undefined) throw new CallFailure('1002', missing('id'));
			const person = people.get(Number(record.id));
			if (!person) return { status: 'skipped', reasons: [reason('1004')] };
			const partition = partitions.byName(name);
			if (!partition) {
				const why = reason('1008', `Access denied to partition '${name}'`);
				return { id: person.id, status: 'skipped', reasons: [why] };
			}
			person.partitionId = partition.id;
			return { id: person.id, status: 'updated' };
		}),
	};
}
