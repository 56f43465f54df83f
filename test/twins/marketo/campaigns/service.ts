import type { TypeDescription } from '../activities/standardTypes';
import type { LeadField } from '../fields/field';
import { RESERVED, type Attribute, type ServiceDefinition, type ServiceType } from './definition';
import type { SecurityScheme } from './openApi';

/** What an administrator enters to sign in to a service. */
export type ServiceCredentials =
	| { readonly apiKey: string }
	| { readonly user: string; readonly password: string };

/** A field of the service with the field of the person it was mapped to. */
export interface MappedField {
	readonly field: LeadField;
	/** Undefined when people map the fields themselves: then the field's own type counts. */
	readonly dataType?: ServiceType;
}

/** Mapped fields by the name the service knows them under. */
export type FieldMapping = ReadonlyMap<string, MappedField>;

export interface PicklistChoice {
	readonly displayValue: Readonly<Record<string, string>>;
	readonly submittedValue: string | number | boolean;
}

/** An entry of the log an administrator sees of a service. */
export interface ServiceLogLine {
	readonly at: string;
	readonly level: 'INFO' | 'WARN' | 'ERROR';
	readonly code?: string;
	readonly message: string;
}

/** An installed Self-Service Flow Step. */
export interface FlowService {
	readonly id: number;
	readonly name: string;
	/** Where its OpenAPI document is. */
	readonly url: string;
	/** Paths are appended to it; without a trailing slash. */
	readonly baseUrl: string;
	readonly scheme: SecurityScheme;
	readonly credentials: ServiceCredentials;
	readonly definition: ServiceDefinition;
	readonly invocation: FieldMapping;
	readonly callback: FieldMapping;
	/** Choices by `flow|global|header` and name. */
	readonly picklists: ReadonlyMap<string, readonly PicklistChoice[]>;
	/** Values of global attributes. */
	readonly globals: Readonly<Record<string, unknown>>;
	/** Values of the headers that the definition asks for. */
	readonly headers: Readonly<Record<string, string>>;
	readonly activityTypeId: number;
	/** Goes with every callback: `x-api-key`. */
	readonly callbackKey: string;
	readonly log: ServiceLogLine[];
}

/** Headers and URL of a call to a path of the service, signed in. */
export function addressOf(
	service: Pick<FlowService, 'baseUrl' | 'scheme' | 'credentials'>,
	path: string,
): { readonly url: string; readonly headers: Record<string, string> } {
	const { baseUrl, scheme, credentials } = service;
	const url = baseUrl + path;
	if (scheme.type === 'basic' && 'user' in credentials) {
		const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
		return { url, headers: { Authorization: `Basic ${pair}` } };
	}
	if (scheme.type === 'apiKey' && 'apiKey' in credentials) {
		if (scheme.in === 'header') return { url, headers: { [scheme.name]: credentials.apiKey } };
		const query = new URLSearchParams({ [scheme.name]: credentials.apiKey });
		return { url: `${url}?${query}`, headers: {} };
	}
	throw new Error(
		`The service wants ${scheme.type === 'basic' ? 'user and password' : 'an apiKey'}.`,
	);
}

const RESERVED_NAMES: Readonly<
	Record<(typeof RESERVED)[number], { name: string; dataType: string }>
> = {
	success: { name: 'Success', dataType: 'boolean' },
	reason: { name: 'Reason', dataType: 'string' },
	errorCode: { name: 'Error Code', dataType: 'string' },
};

export function displayName(attribute: Attribute): string {
	return attribute.i18n.en_US.name ?? attribute.apiName;
}

/** Display name of one of the attributes every flow step has. */
export function reservedName(name: (typeof RESERVED)[number]): string {
	return RESERVED_NAMES[name].name;
}

/** The activity type an installed service brings along. */
export function activityTypeOf({ activityTypeId, name, definition }: FlowService): TypeDescription {
	const { flowAttributes = [] } = definition.invocationPayloadDef;
	const shown = (one: Attribute) => ({
		name: displayName(one),
		dataType: one.dataType,
		apiName: one.apiName,
	});
	const primary = flowAttributes.find((one) => one.apiName === definition.primaryAttribute)!;
	return {
		id: activityTypeId,
		apiName: definition.apiName,
		name,
		description: definition.i18n.en_US?.description ?? '',
		primaryAttribute: { name: displayName(primary), dataType: primary.dataType },
		attributes: [
			...flowAttributes.filter((one) => one !== primary).map(shown),
			...(definition.callbackPayloadDef.attributes ?? []).map(shown),
			...RESERVED.map((apiName) => ({ ...RESERVED_NAMES[apiName], apiName })),
		],
	};
}
