import type { LeadField } from '../fields/field';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { isResponsePath } from './responsePath';
import { recordOf, textOf, textsOf, type Loose } from './shape';
import { checkTokens, type TokenEncoding } from './tokens';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ENCODINGS: readonly TokenEncoding[] = ['none', 'json', 'form'];
const RESPONSES = ['json', 'xml', 'none'] as const;

/** A webhook as an administrator defines it. */
export interface Webhook {
	readonly id: number;
	readonly name: string;
	readonly url: string;
	readonly method: string;
	/** Body with tokens. */
	readonly template: string;
	/** How token values are written into the request. */
	readonly encoding: TokenEncoding;
	readonly responseType: (typeof RESPONSES)[number];
	readonly headers: Readonly<Record<string, string>>;
	readonly responseMapping: ReadonlyArray<{ readonly path: string; readonly field: LeadField }>;
}

/** @throws Error saying what of the definition is wrong */
export function webhookFrom(body: Loose, id: number, fields: FieldRegistry): Webhook {
	const method = body.method === undefined ? 'POST' : textOf(body.method, 'method').toUpperCase();
	oneOf(method, METHODS, 'method');
	const encoding = (body.encoding ?? 'none') as TokenEncoding;
	oneOf(encoding, ENCODINGS, 'encoding');
	const responseType = (body.responseType ?? 'json') as Webhook['responseType'];
	oneOf(responseType, RESPONSES, 'responseType');
	const template = body.template === undefined ? '' : String(body.template);
	const headers = textsOf(body.headers, 'headers');
	const url = textOf(body.url, 'url');
	for (const text of [url, template, ...Object.values(headers)]) checkTokens(text, fields);
	if (!/^https?:\/\//i.test(url)) throw new Error('url begins with http:// or https://.');
	return {
		id,
		name: textOf(body.name, 'name'),
		url,
		method,
		template,
		encoding,
		responseType,
		headers,
		responseMapping: mappingFrom(body.responseMapping, responseType, fields),
	};
}

function mappingFrom(
	given: unknown,
	responseType: Webhook['responseType'],
	fields: FieldRegistry,
): Webhook['responseMapping'] {
	if (given === undefined || given === null) return [];
	if (!Array.isArray(given)) throw new Error('responseMapping is a list of {path, field}.');
	if (given.length > 0 && responseType !== 'json') {
		throw new Error('This twin maps JSON responses only: set responseType to json.');
	}
	return given.map((one: unknown) => {
		const entry = recordOf(one, 'An entry of responseMapping');
		const path = textOf(entry.path, 'responseMapping.path');
		if (!isResponsePath(path)) throw new Error(`${path} is no path like a.b[0].c.`);
		return { path, field: fieldOfSoapName(textOf(entry.field, 'responseMapping.field'), fields) };
	});
}

/** Response mappings name fields by their SOAP API name; API-made fields have none but their own. */
function fieldOfSoapName(name: string, fields: FieldRegistry): LeadField {
	const field = fields.described().find((one) => (one.soapName ?? one.name) === name);
	if (field?.readOnly) throw new Error(`${name} is read only.`);
	if (field) return field;
	const soap = fields.get(name)?.soapName;
	const hint = soap ? ` ${name} is its REST name, its SOAP name is ${soap}.` : '';
	throw new Error(`No field has the SOAP API name ${name}.${hint}`);
}

function oneOf(value: string, choices: readonly string[], what: string): void {
	if (!choices.includes(value))
		throw new Error(`${what} is ${choices.join(', ')}, not ${JSON.stringify(value)}.`);
}
