import { ActivityType } from '../activities/activity';
import { CallFailure, missing, reason } from '../errors';
import { byApi } from '../people/origin';
import {
	inputOf,
	integerListParameter,
	jsonBody,
	requiredParameter,
	toInteger,
	type Answer,
	type Call,
} from './call';
import { searchableField, writeRecords } from './peopleRoutes';
import type { Register } from './service';

const MAX_LOSERS = 25;
const WRITE = ['Read-Write Lead'] as const;

/** Merging, and the other ways of writing people: push, form, cookie. */
export function mergeRoutes(register: Register): void {
	register('POST', '/rest/v1/leads/{id}/merge.json', WRITE, mergePeople);
	register('POST', '/rest/v1/leads/push.json', WRITE, pushPeople);
	register('POST', '/rest/v1/leads/submitForm.json', WRITE, submitForm);
	register('POST', '/rest/v1/leads/{id}/associate.json', WRITE, associateCookie);
}

async function mergePeople(call: Call): Promise<Answer> {
	const { people, writer } = call.instance;
	const winnerId = toInteger(call.request.params.id);
	const loserIds = [
		...new Set([...integerListParameter(call, 'leadIds'), ...integerListParameter(call, 'leadId')]),
	];
	if (loserIds.length === 0) throw new CallFailure('1002', missing('leadIds'));
	if (/^true$/i.test(call.request.query.get('mergeInCRM') ?? '')) throw new CallFailure('703');
	if (loserIds.length > MAX_LOSERS) {
		return { result: [{ id: winnerId, status: 'skipped', reasons: [reason('1080')] }] };
	}
	const fault = await call.recordFault(winnerId, ...loserIds);
	if (fault) throw new CallFailure(fault.code, fault.message);
	const [winner, ...losers] = [winnerId, ...loserIds].map((id) => {
		const person = people.get(id);
		if (!person) throw new CallFailure('1004', `Lead '${id}' not found`);
		return person;
	});
	if (losers.includes(winner!))
		throw new CallFailure('1003', 'A lead cannot be merged with itself');
	const origin = byApi('mergeLead', call.client.user, call.requestId);
	writer.merge(winner!, losers, origin, call.context.now(), call.behaviour.mergeLogsDelete);
	for (const loser of losers) call.instance.dropPerson(loser.id, call.context.now(), winner!.id);
	return { records: losers.length };
}

async function pushPeople(call: Call): Promise<Answer> {
	const body = jsonBody(call);
	const input = inputOf(body);
	const { programName } = body;
	if (typeof programName !== 'string' || programName === '') {
		throw new CallFailure('1002', missing('programName'));
	}
	const lookupField = String(body.lookupField ?? 'email');
	searchableField(call, lookupField);
	const order = {
		action: 'createOrUpdate' as const,
		lookupField,
		...(typeof body.partitionName === 'string' && { partitionName: body.partitionName }),
	};
	const result = await writeRecords(call, input, order, 'pushLead');
	for (const written of result) {
		if (!('id' in written)) continue;
		call.instance.log.add(
			{
				leadId: written.id,
				typeId: ActivityType.pushLead,
				date: call.context.now(),
				primaryValue: programName,
				attributes: [
					{ name: 'Lead ID', value: written.id },
					{ name: 'Source', value: body.source },
					{ name: 'Reason', value: body.reason },
				],
			},
			call.context.now(),
		);
	}
	return { result, warnings: [] };
}

async function submitForm(call: Call): Promise<Answer> {
	const body = jsonBody(call);
	const [form, ...more] = inputOf(body);
	if (more.length > 0) throw new CallFailure('1003', 'A form is submitted one record at a time');
	const formId = toInteger(body.formId);
	const values = form!.leadFormFields;
	if (values === null || typeof values !== 'object') {
		throw new CallFailure('1002', missing('leadFormFields'));
	}
	const order = {
		action: 'createOrUpdate' as const,
		lookupField: 'email',
		severalMatches: 'newest' as const,
	};
	const record = values as Record<string, unknown>;
	const result = await writeRecords(call, [record], order, 'submitForm');
	const written = result[0]!;
	if ('id' in written) {
		const visit = (form!.visitorData ?? {}) as Record<string, unknown>;
		call.instance.log.add(
			{
				leadId: written.id,
				typeId: ActivityType.fillOutForm,
				date: call.context.now(),
				primaryValueId: formId,
				primaryValue: `Form ${formId}`,
				attributes: [
					{ name: 'Client IP Address', value: visit.leadClientIpAddress },
					{ name: 'Form Fields', value: JSON.stringify(record) },
					{ name: 'Query Parameters', value: visit.queryString },
					{ name: 'Referrer URL', value: visit.pageURL },
					{ name: 'User Agent', value: visit.userAgentString },
				],
			},
			call.context.now(),
		);
	}
	return { result };
}

function associateCookie(call: Call): Answer {
	const { people } = call.instance;
	const cookie = requiredParameter(call, 'cookie');
	const person = people.get(toInteger(call.request.params.id));
	if (!person) throw new CallFailure('1004', `Lead '${call.request.params.id}' not found`);
	if (!/token:_mch-/.test(cookie))
		throw new CallFailure('1012', `Invalid cookie value '${cookie}'`);
	people.set(person, 'cookies', cookie);
	return {};
}
