import { at, isRecord, type Loose } from './shape';

/** Types of attributes and mapped fields. */
export const FIELD_TYPES = [
	'boolean',
	'integer',
	'date',
	'datetime',
	'email',
	'float',
	'score',
	'string',
	'url',
	'text',
] as const;
export type ServiceType = (typeof FIELD_TYPES)[number];

export interface Attribute {
	readonly apiName: string;
	readonly dataType: ServiceType;
	readonly i18n: { readonly en_US: { readonly name?: string } };
	readonly hasPicklist?: boolean;
	readonly enforcePicklistSelect?: boolean;
}

export interface HeaderAttribute {
	readonly name: string;
	readonly hasPicklist?: boolean;
	readonly enforcePicklistSelect?: boolean;
}

export interface FieldDeclaration {
	readonly serviceAttribute: string;
	readonly suggestedMarketoAttribute?: string;
	readonly dataType: ServiceType;
	readonly required?: boolean;
}

/** The part of a service definition that both directions have. */
interface PayloadDefinition {
	readonly fields?: readonly FieldDeclaration[];
	readonly userDrivenMapping?: boolean;
}

/** What `/getServiceDefinition` answers. */
export interface ServiceDefinition {
	readonly apiName: string;
	readonly i18n: { readonly en_US?: { readonly name?: string; readonly description?: string } };
	readonly primaryAttribute: string;
	readonly invocationPayloadDef: PayloadDefinition & {
		readonly globalAttributes?: readonly Attribute[];
		readonly flowAttributes?: readonly Attribute[];
		readonly headers?: readonly HeaderAttribute[];
		readonly programContext?: boolean;
		readonly campaignContext?: boolean;
		readonly triggerContext?: boolean;
		readonly programMemberContext?: boolean;
		readonly subscriptionContext?: boolean;
		readonly myTokenContext?: readonly string[];
	};
	readonly callbackPayloadDef: PayloadDefinition & { readonly attributes?: readonly Attribute[] };
}

/** Every activity of a flow step has these besides what the service declares. */
export const RESERVED = ['success', 'reason', 'errorCode'] as const;
const CONTEXTS = [
	'programContext',
	'campaignContext',
	'triggerContext',
	'programMemberContext',
	'subscriptionContext',
];

/** What is wrong with a service definition, in words; nothing when it can be installed. */
export function definitionProblems(definition: unknown): string[] {
	if (!isRecord(definition)) return ['The service definition is no object.'];
	const problems: string[] = [];
	for (const name of ['apiName', 'primaryAttribute']) {
		if (typeof definition[name] !== 'string' || definition[name] === '') {
			problems.push(`The service definition has no ${name}.`);
		}
	}
	for (const name of ['i18n', 'invocationPayloadDef', 'callbackPayloadDef']) {
		if (!isRecord(definition[name])) problems.push(`The service definition has no ${name}.`);
	}
	if (problems.length > 0) return problems;
	if (!isRecord(at(definition, 'i18n', 'en_US'))) problems.push('i18n has no en_US.');
	const invocation = definition.invocationPayloadDef as Loose;
	const callback = definition.callbackPayloadDef as Loose;
	const flow = attributes(
		invocation.flowAttributes,
		'invocationPayloadDef.flowAttributes',
		problems,
	);
	attributes(invocation.globalAttributes, 'invocationPayloadDef.globalAttributes', problems);
	const back = attributes(callback.attributes, 'callbackPayloadDef.attributes', problems);
	const primary = definition.primaryAttribute as string;
	if (!flow.includes(primary))
		problems.push(`primaryAttribute ${primary} is none of the flow attributes.`);
	for (const name of back.filter((one) => flow.includes(one))) {
		problems.push(`${name} is a flow attribute and a callback attribute; the names must differ.`);
	}
	for (const name of [...flow, ...back].filter((one) =>
		(RESERVED as readonly string[]).includes(one),
	)) {
		problems.push(`${name} is reserved: every flow step has an attribute of that name.`);
	}
	fields(invocation, 'invocationPayloadDef', problems);
	fields(callback, 'callbackPayloadDef', problems);
	headers(invocation.headers, problems);
	for (const name of CONTEXTS) {
		if (invocation[name] !== undefined && typeof invocation[name] !== 'boolean') {
			problems.push(`invocationPayloadDef.${name} is true or false.`);
		}
	}
	const tokens = invocation.myTokenContext;
	if (
		tokens !== undefined &&
		!(Array.isArray(tokens) && tokens.every((one) => typeof one === 'string'))
	) {
		problems.push('invocationPayloadDef.myTokenContext is a list of token names.');
	}
	return problems;
}

/** Checks a list of attributes; gives back their names. */
function attributes(list: unknown, where: string, problems: string[]): string[] {
	return entries(list, where, problems).flatMap((one, index) => {
		const { apiName, dataType } = one;
		if (typeof apiName !== 'string' || apiName === '') {
			problems.push(`${where}[${index}] has no apiName.`);
			return [];
		}
		checkType(dataType, `${where}: ${apiName}`, problems);
		if (!isRecord(at(one, 'i18n', 'en_US')))
			problems.push(`${where}: ${apiName} has no i18n.en_US.`);
		return [apiName];
	});
}

function fields(definition: Loose, where: string, problems: string[]): void {
	if (definition.userDrivenMapping === true) return;
	const seen = new Set<string>();
	for (const [index, one] of entries(definition.fields, `${where}.fields`, problems).entries()) {
		const { serviceAttribute, dataType } = one;
		if (typeof serviceAttribute !== 'string' || serviceAttribute === '') {
			problems.push(`${where}.fields[${index}] has no serviceAttribute.`);
			continue;
		}
		const what = `${where}.fields: ${serviceAttribute}`;
		if (serviceAttribute === 'id') problems.push(`${what} is reserved.`);
		if (seen.has(serviceAttribute)) problems.push(`${what} is there twice.`);
		seen.add(serviceAttribute);
		checkType(dataType, what, problems);
		if (typeof at(one, 'description', 'en_US') !== 'string')
			problems.push(`${what} has no description.en_US.`);
	}
}

function headers(list: unknown, problems: string[]): void {
	for (const [index, { name }] of entries(
		list,
		'invocationPayloadDef.headers',
		problems,
	).entries()) {
		if (typeof name !== 'string' || name === '') {
			problems.push(`invocationPayloadDef.headers[${index}] has no name.`);
		}
	}
}

function entries(list: unknown, where: string, problems: string[]): Loose[] {
	if (list === undefined || list === null) return [];
	if (Array.isArray(list) && list.every(isRecord)) return list;
	problems.push(`${where} is a list of objects.`);
	return [];
}

function checkType(dataType: unknown, what: string, problems: string[]): void {
	if ((FIELD_TYPES as readonly unknown[]).includes(dataType)) return;
	problems.push(
		`${what} has the dataType ${JSON.stringify(dataType)}; there are ${FIELD_TYPES.join(', ')}.`,
	);
}
