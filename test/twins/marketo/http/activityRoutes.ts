import { ActivityType, type Activity } from '../activities/activity';
import type { LogPage } from '../activities/activityLog';
import { addCustomActivity } from '../activities/addCustomActivities';
import { pageNumber } from '../activities/pagingToken';
import { STANDARD_TYPES } from '../activities/standardTypes';
import { CallFailure, missing } from '../errors';
import { isoSeconds, parseDateTime } from '../fields/time';
import {
	batchSize,
	inputOf,
	integerListParameter,
	invalidToken,
	jsonBody,
	listParameter,
	requiredParameter,
	toInteger,
	type Answer,
	type Call,
} from './call';
import type { Register } from './service';

const READ = ['Read-Only Activity', 'Read-Write Activity'] as const;
const MAX_TYPES = 10;
const MAX_LEADS = 30;
const MAX_LIST_MEMBERS = 10_000;
const DAY_MS = 86_400_000;
/** Most activities are kept for 25 months, those that come in masses for 90 days. */
const LONG_RETENTION_MS = 760 * DAY_MS;
const SHORT_RETENTION_MS = 90 * DAY_MS;
const SHORT_LIVED: ReadonlySet<number> = new Set([
	1,
	3,
	6,
	7,
	ActivityType.changeDataValue,
	ActivityType.changeScore,
	ActivityType.addToList,
	36,
	47,
]);

/** The activity log. */
export function activityRoutes(register: Register): void {
	register('GET', '/rest/v1/activities/types.json', READ, types);
	register('GET', '/rest/v1/activities/pagingtoken.json', READ, pagingToken);
	register('GET', '/rest/v1/activities.json', READ, activities);
	register('GET', '/rest/v1/activities/leadchanges.json', READ, leadChanges);
	register('GET', '/rest/v1/activities/deletedleads.json', READ, deletedLeads);
	register('POST', '/rest/v1/activities/external.json', ['Read-Write Activity'], addActivities);
}

function types({ instance }: Call): Answer {
	const { customTypes, campaigns } = instance;
	return {
		result: [
			...STANDARD_TYPES,
			...customTypes.approvedDescriptions(),
			...campaigns.activityTypes(),
		],
	};
}

function pagingToken(call: Call): Answer {
	const text = requiredParameter(call, 'sinceDatetime');
	// A plus sign that was not encoded arrives as a blank.
	const since = parseDateTime(text.replace(/ (?=\d\d:?\d\d$)/, '+'));
	if (since === undefined) throw new CallFailure('704', `Invalid date format '${text}'`);
	return { nextPageToken: call.tokens.forPosition({ since }, 1) };
}

function activities(call: Call): Answer {
	const typeIds = new Set(integerListParameter(call, 'activityTypeIds'));
	if (typeIds.size === 0) throw new CallFailure('1002', missing('activityTypeIds'));
	if (typeIds.size > MAX_TYPES)
		throw new CallFailure('1003', `Too many activity types, at most ${MAX_TYPES}`);
	const assetIds = new Set(integerListParameter(call, 'assetIds'));
	const ofLeads = leadFilter(call);
	const page = readPage(
		call,
		(activity) =>
			typeIds.has(activity.typeId) &&
			(assetIds.size === 0 || assetIds.has(activity.primaryValueId ?? NaN)) &&
			ofLeads(activity),
	);
	return answerPage(
		call,
		page,
		page.activities.map((activity) => showActivity(call, activity)),
	);
}

/**
 * A page is made of new people and value changes of any field, of which the changes of other
 * fields are then taken out: it may be short or empty although there is more.
 */
function leadChanges(call: Call): Answer {
	const names = listParameter(call, 'fields');
	if (names.length === 0) throw new CallFailure('1002', missing('fields'));
	for (const name of names) {
		if (!call.instance.fields.get(name)) throw new CallFailure('1006', `Field '${name}' not found`);
	}
	const fields = new Set(names);
	const ofLeads = leadFilter(call);
	const page = readPage(
		call,
		({ typeId, ...activity }) =>
			(typeId === ActivityType.newLead || typeId === ActivityType.changeDataValue) &&
			ofLeads({ ...activity, typeId }),
	);
	const shown = page.activities.filter(({ change }) => !change || fields.has(change.name));
	return answerPage(
		call,
		page,
		shown.map((activity) => showLeadChange(call, activity)),
	);
}

function deletedLeads(call: Call): Answer {
	const page = readPage(call, ({ typeId }) => typeId === ActivityType.deleteLead);
	return answerPage(
		call,
		page,
		page.activities.map((activity) => showActivity(call, activity)),
	);
}

function readPage(call: Call, wanted: (activity: Activity) => boolean): LogPage {
	const position = call.tokens.position(requiredParameter(call, 'nextPageToken'));
	if (!position) throw invalidToken();
	const { log } = call.instance;
	const { now } = call;
	const size = batchSize(call);
	const cutShort = call.context.random() < call.behaviour.shortPages;
	const limit = cutShort ? Math.floor(call.context.random() * size) : size;
	return log.read(
		position,
		limit,
		now,
		(activity) => activity.date >= now - retention(activity.typeId) && wanted(activity),
	);
}

function retention(typeId: number): number {
	return SHORT_LIVED.has(typeId) ? SHORT_RETENTION_MS : LONG_RETENTION_MS;
}

/** `nextPageToken` is always there; `result` is missing when the page is empty. */
function answerPage(call: Call, page: LogPage, shown: readonly object[]): Answer {
	const token = call.request.query.get('nextPageToken');
	return {
		...(shown.length > 0 && { result: shown }),
		nextPageToken: call.tokens.forPosition(page.position, pageNumber(token) + 1),
		moreResult: page.moreResult,
		records: shown.length,
	};
}

/** Whose activities are wanted: all, those of `leadIds`, or of the members of `listId`. */
function leadFilter(call: Call): (activity: Activity) => boolean {
	const { log, lists } = call.instance;
	const ids = integerListParameter(call, 'leadIds');
	if (ids.length > MAX_LEADS)
		throw new CallFailure('1003', `Too many lead ids, at most ${MAX_LEADS}`);
	const listId = call.request.query.get('listId');
	if (listId) {
		const list = lists.get(toInteger(listId));
		if (!list) throw new CallFailure('1013', `List '${listId}' not found`);
		if (list.members.size >= MAX_LIST_MEMBERS) {
			throw new CallFailure('1003', `List has ${MAX_LIST_MEMBERS} or more members`);
		}
		return (activity) => list.members.has(log.ownerOf(activity));
	}
	if (ids.length === 0) return () => true;
	const wanted = new Set(ids);
	return (activity) => wanted.has(log.ownerOf(activity));
}

function head(call: Call, activity: Activity) {
	return {
		...(call.behaviour.activityIds === 'present' && { id: activity.id }),
		marketoGUID: activity.guid,
		leadId: call.instance.log.ownerOf(activity),
		activityDate: isoSeconds(activity.date),
		activityTypeId: activity.typeId,
		...(activity.campaignId !== undefined && { campaignId: activity.campaignId }),
	};
}

function showActivity(call: Call, activity: Activity): object {
	return {
		...head(call, activity),
		...(activity.primaryValueId !== undefined && {
			primaryAttributeValueId: activity.primaryValueId,
		}),
		...(activity.primaryValue !== undefined && { primaryAttributeValue: activity.primaryValue }),
		attributes: filled(activity),
	};
}

function showLeadChange(call: Call, activity: Activity): object {
	const attributes = filled(activity);
	if (!activity.change) return { ...head(call, activity), fields: [], attributes };
	return {
		...head(call, activity),
		fields: [activity.change],
		attributes: [
			...attributes.filter(({ name }) => name === 'Reason' || name === 'Source'),
			{ name: 'Lead ID', value: call.instance.log.ownerOf(activity) },
		],
	};
}

function filled({ attributes }: Activity) {
	return (attributes ?? []).filter(
		({ value }) => value !== null && value !== undefined && value !== '',
	);
}

async function addActivities(call: Call): Promise<Answer> {
	const input = inputOf(jsonBody(call));
	const { people, customTypes, log } = call.instance;
	const result: object[] = [];
	for (const record of input) {
		const fault = await call.recordFault(record.leadId);
		result.push(
			fault
				? { status: 'skipped', errors: [fault] }
				: addCustomActivity(record, { people, types: customTypes, log }, call.context.now()),
		);
	}
	return { result };
}
