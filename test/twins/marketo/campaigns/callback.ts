import type { Person } from '../people/person';
import { callbackValues } from './callbackValues';
import { RESERVED } from './definition';
import type { Chunk } from './openChunks';
import { close } from './report';
import { displayName, reservedName } from './service';
import { serviceLog } from './serviceLog';
import { isRecord, type Loose } from './shape';

/** The callback is no such thing; the token stays good. */
export class InvalidCallback extends Error {}

/**
 * Takes in what a service says of the people of a chunk, and ends the chunk: whom it does not
 * mention has failed.
 * @throws InvalidCallback
 */
export function takeCallback(chunk: Chunk, body: Loose): void {
	const entries = entriesOf(body);
	const { service, context, reports } = chunk;
	chunk.closed = 'used';
	if (typeof body.errorCode === 'string' && body.errorCode !== '') {
		const errorMessage = String(body.errorMessage ?? '');
		serviceLog(service, 'ERROR', errorMessage, context.now(), body.errorCode);
		const answer = { errorCode: body.errorCode, errorMessage };
		for (const report of reports.values()) {
			close(report, 'failed', { answer, error: `The whole chunk failed: ${body.errorCode}` });
		}
	} else {
		const defaults = isRecord(body.defaultValues) ? body.defaultValues : {};
		for (const entry of entries) takeEntry(chunk, entry, defaults);
	}
	for (const report of reports.values()) {
		close(report, 'failed', { error: 'The callback said nothing of this person.' });
	}
	chunk.settle();
}

function entriesOf(body: Loose): readonly Loose[] {
	const { objectData } = body;
	if (objectData === undefined) return [];
	if (!Array.isArray(objectData) || !objectData.every(isRecord)) {
		throw new InvalidCallback('objectData is a list of objects.');
	}
	return objectData;
}

function takeEntry(chunk: Chunk, entry: Loose, defaults: Loose): void {
	const { service, context, reports } = chunk;
	const given = isRecord(entry.leadData) ? entry.leadData : {};
	const id = given.id;
	const report = typeof id === 'number' ? reports.get(id) : undefined;
	const person = context.instance.people.get(Number(id));
	if (!report || report.state !== 'waiting' || !person) {
		const why =
			id === undefined
				? 'An entry has no leadData.id'
				: `No such person in this chunk: ${String(id)}`;
		serviceLog(
			service,
			'ERROR',
			report?.state === 'done' ? `Twice in one callback: ${String(id)}` : why,
			context.now(),
		);
		return;
	}
	const { leadDefaults, activityDefaults } = defaults;
	const leadData = { ...(isRecord(leadDefaults) ? leadDefaults : {}), ...given };
	const activityData = {
		...(isRecord(activityDefaults) ? activityDefaults : {}),
		...(isRecord(entry.activityData) ? entry.activityData : {}),
	};
	writeValues(chunk, person, leadData);
	logActivity(chunk, person, activityData);
	const failed = activityData.success === false;
	if (failed) {
		const { errorCode, reason } = activityData;
		serviceLog(service, 'ERROR', String(reason ?? ''), context.now(), String(errorCode ?? ''));
	}
	close(report, failed ? 'failed' : 'done', {
		answer: { leadData, activityData },
		...(failed && {
			error: String(activityData.reason ?? activityData.errorCode ?? 'No reason given'),
		}),
	});
}

function writeValues(chunk: Chunk, person: Person, leadData: Loose): void {
	const { service, context, reports } = chunk;
	const { people, writer } = context.instance;
	const declared = (service.definition.callbackPayloadDef.fields ?? []).map(
		(one) => one.serviceAttribute,
	);
	const { values, notes } = callbackValues(leadData, service.callback, declared, person, people);
	reports.get(person.id)?.notes.push(...notes);
	const source = `${service.name} (${service.id})`;
	const reason = `Smart Campaign: ${context.campaign.id}, Step Seq ID: ${context.step}`;
	const origin = { source, reason, sourceType: source, campaignId: context.campaign.id };
	writer.change(person, values, origin, context.now());
}

/** The activity has what the step was given and what the service said, by display name. */
function logActivity(chunk: Chunk, person: Person, activityData: Loose): void {
	const { service, context, parameters } = chunk;
	const { definition } = service;
	const given = parameters.get(person.id) ?? {};
	const { flowAttributes = [] } = definition.invocationPayloadDef;
	const { attributes = [] } = definition.callbackPayloadDef;
	const known = new Set<string>([...attributes.map((one) => one.apiName), ...RESERVED]);
	const notes = Object.keys(activityData).filter((name) => !known.has(name));
	chunk.reports
		.get(person.id)
		?.notes.push(...notes.map((name) => `${name}: no attribute of the activity.`));
	const named = [
		...flowAttributes
			.filter((one) => one.apiName !== definition.primaryAttribute)
			.map((one) => ({ name: displayName(one), value: given[one.apiName] })),
		...attributes.map((one) => ({ name: displayName(one), value: activityData[one.apiName] })),
		...RESERVED.map((name) => ({
			name: reservedName(name),
			value: name === 'success' ? activityData.success !== false : activityData[name],
		})),
	];
	const primary = given[definition.primaryAttribute];
	context.instance.log.add(
		{
			leadId: person.id,
			typeId: service.activityTypeId,
			date: context.now(),
			campaignId: context.campaign.id,
			primaryValueId: service.id,
			...(primary !== undefined && { primaryValue: String(primary) }),
			attributes: named.filter(({ value }) => value !== undefined && value !== null),
		},
		context.now(),
	);
}
