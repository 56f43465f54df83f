import { missing, RecordSkip, type Reason } from '../errors';
import { parseDateTime } from '../fields/time';
import type { PeopleStore } from '../people/peopleStore';
import type { Activity, ActivityAttribute } from './activity';
import type { ActivityLog } from './activityLog';
import type { CustomAttribute, CustomTypes } from './customTypes';

const MAX_ATTRIBUTE_BYTES = 65_536;

/** This endpoint calls the reasons of a skipped record `errors`. */
export type AddResult =
	| { readonly id: number; readonly marketoGUID: string; readonly status: 'added' }
	| { readonly status: 'skipped'; readonly errors: readonly Reason[] };

export interface AddParts {
	readonly people: PeopleStore;
	readonly types: CustomTypes;
	readonly log: ActivityLog;
}

/** Adds one custom activity; it cannot be changed afterwards. */
export function addCustomActivity(
	record: Readonly<Record<string, unknown>>,
	parts: AddParts,
	now: number,
): AddResult {
	try {
		const activity = addOrThrow(record, parts, now);
		return { id: activity.id, marketoGUID: activity.guid, status: 'added' };
	} catch (error) {
		if (!(error instanceof RecordSkip)) throw error;
		return { status: 'skipped', errors: [error.reason] };
	}
}

function addOrThrow(
	record: Readonly<Record<string, unknown>>,
	{ people, types, log }: AddParts,
	now: number,
): Activity {
	const leadId = required(record, 'leadId');
	const typeId = Number(required(record, 'activityTypeId'));
	const primary = String(required(record, 'primaryAttributeValue'));
	const date = parseDateTime(String(required(record, 'activityDate')));
	if (date === undefined) {
		throw new RecordSkip(
			'1001',
			`Invalid value '${String(record.activityDate)}'. Required of type 'datetime'`,
		);
	}
	const type = types.approvedById(typeId);
	if (!type) throw new RecordSkip('1013', 'Object not found');
	if (!people.get(Number(leadId))) throw new RecordSkip('1004');
	const attributes = attributesOf(record, type.version.attributes);
	if (Buffer.byteLength(JSON.stringify(attributes)) > MAX_ATTRIBUTE_BYTES) {
		throw new RecordSkip('1049', 'Attributes array too long');
	}
	return log.add({ leadId: Number(leadId), typeId, date, primaryValue: primary, attributes }, now);
}

function required(record: Readonly<Record<string, unknown>>, name: string): unknown {
	const value = record[name];
	if (value === undefined || value === null || value === '') {
		throw new RecordSkip('1002', missing(name));
	}
	return value;
}

/** Attributes are named by API name or by name; the log shows their names. */
function attributesOf(
	record: Readonly<Record<string, unknown>>,
	known: readonly CustomAttribute[],
): ActivityAttribute[] {
	const given = (record.attributes ?? []) as Array<{
		apiName?: string;
		name?: string;
		value?: unknown;
	}>;
	if (!Array.isArray(given)) throw new RecordSkip('1002', missing('attributes'));
	return given.map(({ apiName, name, value }) => {
		const attribute = known.find((one) =>
			apiName !== undefined ? one.apiName === apiName : one.name === name,
		);
		if (!attribute) throw new RecordSkip('1006', `Field '${apiName ?? name ?? ''}' not found`);
		if (!fits(attribute.dataType, value)) {
			throw new RecordSkip(
				'1001',
				`Invalid value '${String(value)}'. Required of type '${attribute.dataType}'`,
			);
		}
		return { name: attribute.name, value };
	});
}

function fits(dataType: string, value: unknown): boolean {
	if (value === null || value === undefined || value === '') return true;
	switch (dataType) {
		case 'integer':
			return Number.isInteger(Number(value));
		case 'float':
		case 'currency':
			return Number.isFinite(Number(value));
		case 'boolean':
			return /^(true|false)$/i.test(String(value));
		case 'date':
		case 'datetime':
			return parseDateTime(String(value)) !== undefined;
		default:
			return typeof value !== 'object';
	}
}
