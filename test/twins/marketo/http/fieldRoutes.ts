import { CallFailure, missing, reason, type Reason } from '../errors';
import type { FieldType, LeadField } from '../fields/field';
import { CREATABLE_TYPES, type FieldRegistry } from '../fields/fieldRegistry';
import { inputOf, jsonBody, pageOf, type Answer, type Call } from './call';
import type { Register } from './service';

const MAX_API_FIELDS = 100;
const READ = ['Read-Only Lead', 'Read-Write Lead'] as const;
const SCHEMA = ['Read-Write Schema Standard Field', 'Read-Write Schema Custom Field'] as const;

/** Describing the lead object, and its schema. */
export function fieldRoutes(register: Register): void {
	register('GET', '/rest/v1/leads/describe.json', READ, describe);
	register('GET', '/rest/v1/leads/describe2.json', READ, describe2);
	register('GET', '/rest/v1/leads/schema/fields.json', SCHEMA, schemaFields);
	register(
		'POST',
		'/rest/v1/leads/schema/fields.json',
		['Read-Write Schema Custom Field'],
		createFields,
	);
	register('GET', '/rest/v1/leads/schema/fields/{name}.json', SCHEMA, schemaField);
	register('POST', '/rest/v1/leads/schema/fields/{name}.json', SCHEMA, updateField);
}

function describe({ instance }: Call): Answer {
	return {
		result: instance.fields.described().map((field) => ({
			id: field.id,
			displayName: field.displayName,
			dataType: field.dataType,
			...(field.length !== undefined && { length: field.length }),
			rest: { name: field.name, readOnly: field.readOnly },
			...(field.soapName !== undefined && { soap: { name: field.soapName, readOnly: false } }),
		})),
	};
}

function describe2({ instance }: Call): Answer {
	const fields = instance.fields.described();
	return {
		result: [
			{
				name: 'API Lead',
				searchableFields: fields.filter((field) => field.searchable).map((field) => [field.name]),
				fields: fields.map((field) => ({
					name: field.name,
					displayName: field.displayName,
					dataType: field.dataType,
					...(field.length !== undefined && { length: field.length }),
					updateable: !field.readOnly && field.name !== 'id',
					crmManaged: false,
				})),
			},
		],
	};
}

function schemaOf(field: LeadField): object {
	return {
		displayName: field.displayName,
		name: field.name,
		description: field.description,
		dataType: field.isScore && field.isApiCreated ? 'score' : field.dataType,
		...(field.length !== undefined && { length: field.length }),
		isHidden: field.isHidden,
		isHtmlEncodingInEmail: field.isHtmlEncodingInEmail,
		isSensitive: field.isSensitive,
		isCustom: field.isCustom,
		isApiCreated: field.isApiCreated,
	};
}

function schemaFields(call: Call): Answer {
	const { page, nextPageToken } = pageOf(call, 'lead fields', call.instance.fields.all());
	return {
		result: page.map(schemaOf),
		...(nextPageToken !== undefined && { nextPageToken }),
		moreResult: nextPageToken !== undefined,
	};
}

function schemaField(call: Call): Answer {
	return { result: [schemaOf(namedField(call))] };
}

function namedField({ instance, request }: Call): LeadField {
	const { name } = request.params;
	const field = instance.fields.definition(name!);
	if (!field) throw new CallFailure('1006', `Field '${name}' not found`);
	return field;
}

function createFields(call: Call): Answer {
	const input = inputOf(jsonBody(call));
	const { fields } = call.instance;
	return {
		result: input.map((record) => {
			const wrong = whyNotCreated(record, fields);
			if (wrong) return { name: record.name, status: 'skipped', reasons: [wrong] };
			const isScore = record.dataType === 'score';
			const field = fields.create({
				displayName: String(record.displayName).trim(),
				name: String(record.name),
				dataType: isScore ? 'integer' : (record.dataType as FieldType),
				isScore,
				isApiCreated: true,
				...settingsIn(record),
			});
			return { name: field.name, status: 'created' };
		}),
	};
}

function whyNotCreated(
	record: Readonly<Record<string, unknown>>,
	fields: FieldRegistry,
): Reason | undefined {
	for (const name of ['displayName', 'name', 'dataType']) {
		if (typeof record[name] !== 'string' || record[name] === '')
			return reason('1002', missing(name));
	}
	const { displayName, name, dataType } = record as Record<string, string>;
	if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name!)) {
		return reason(
			'1001',
			`Invalid value '${name}'. Required of type 'letters, numbers, underscore'`,
		);
	}
	if (!/^[\p{L}\p{N} _-]+$/u.test(displayName!)) {
		return reason(
			'1001',
			`Invalid value '${displayName}'. Required of type 'text without special characters'`,
		);
	}
	if (!(CREATABLE_TYPES as readonly string[]).includes(dataType!)) {
		return reason(
			'1001',
			`Invalid value '${dataType}'. Required of type '${CREATABLE_TYPES.join(', ')}'`,
		);
	}
	if (fields.definition(name!) || fields.hasDisplayName(displayName!)) return reason('1017');
	if (fields.apiCreatedCount() >= MAX_API_FIELDS) return reason('1028');
	return undefined;
}

/** The settings that may be given on creation and changed later. */
function settingsIn(record: Readonly<Record<string, unknown>>) {
	return {
		...(record.description !== undefined && {
			description: record.description === null ? null : String(record.description),
		}),
		...(typeof record.isHidden === 'boolean' && { isHidden: record.isHidden }),
		...(typeof record.isHtmlEncodingInEmail === 'boolean' && {
			isHtmlEncodingInEmail: record.isHtmlEncodingInEmail,
		}),
		...(typeof record.isSensitive === 'boolean' && { isSensitive: record.isSensitive }),
	};
}

function updateField(call: Call): Answer {
	const field = namedField(call);
	const needed = field.isCustom ? SCHEMA[1] : SCHEMA[0];
	if (!call.client.permissions.has(needed)) throw new CallFailure('603');
	const [record, ...more] = inputOf(jsonBody(call));
	if (more.length > 0) throw new CallFailure('1003', 'One field is updated at a time');
	const fixed = ['name', 'dataType', 'length', 'isCustom'].find(
		(name) => record![name] !== undefined,
	);
	const forCustom =
		!field.isCustom && record!.displayName !== undefined ? 'displayName' : undefined;
	const forApiCreated =
		!field.isApiCreated && record!.isHidden !== undefined ? 'isHidden' : undefined;
	const refused = fixed ?? forCustom ?? forApiCreated;
	if (refused)
		throw new CallFailure(
			'1003',
			`Attribute '${refused}' of field '${field.name}' cannot be changed`,
		);
	const displayName = record!.displayName;
	if (displayName !== undefined && displayName !== field.displayName) {
		if (call.instance.fields.hasDisplayName(String(displayName))) throw new CallFailure('1017');
	}
	call.instance.fields.replace({
		...field,
		...(displayName !== undefined && { displayName: String(displayName) }),
		...settingsIn(record!),
	});
	return { result: [{ name: field.name, status: 'updated' }] };
}
