import { at, isRecord, type Loose } from './shape';

/** How a service wants to be signed in to: the first scheme of the document's root `security`. */
export type SecurityScheme =
	| { readonly type: 'apiKey'; readonly name: string; readonly in: 'header' | 'query' }
	| { readonly type: 'basic' };

export interface DocumentCheck {
	/** What Marketo refuses the document for. */
	readonly errors: string[];
	/** What the interface asks for although the check of a document lets it pass. */
	readonly warnings: string[];
	readonly scheme?: SecurityScheme;
}

const STATUSES = ['201', '400', '401', '403', '429', '500'];
const CALLBACK = '{$request.body#/flowComplete}';
/** Paths with what their answer 200 must have: a media type and, for JSON, a schema. */
const ANSWERS: ReadonlyArray<
	readonly [path: string, method: string, type: string, schema?: string]
> = [
	['/getServiceDefinition', 'get', 'application/json', 'serviceDefinition'],
	['/status', 'get', 'application/json', 'serviceStatus'],
	['/getPicklist', 'post', 'application/json', 'picklistObject'],
	['/serviceIcon', 'get', 'image/*'],
	['/brandIcon', 'get', 'image/*'],
	['/providerInstructions', 'get', 'text/html'],
];
const REQUIRED_PATHS = ['/submitAsyncAction', '/getServiceDefinition', '/status'];

/** Looks at an OpenAPI document the way an installation of a Self-Service Flow Step does. */
export function checkDocument(document: unknown): DocumentCheck {
	if (!isRecord(document)) return { errors: ['The OpenAPI document is no object.'], warnings: [] };
	const errors: string[] = [];
	const warnings: string[] = [];
	for (const name of ['info', 'paths', 'components']) {
		if (!isRecord(document[name])) errors.push(`The document has no ${name}.`);
	}
	if (errors.length > 0) return { errors, warnings };
	checkInfo(document.info as Loose, errors);
	checkPaths(document.paths as Loose, errors, warnings);
	const scheme = schemeOf(document, errors);
	if (!isRecord(at(document, 'components', 'schemas'))) errors.push('components has no schemas.');
	if (!/^3\.0\./.test(String(document.openapi)))
		warnings.push('openapi is 3.0.x in the interface.');
	return { errors, warnings, ...(scheme && { scheme }) };
}

function checkInfo(info: Loose, errors: string[]): void {
	for (const name of ['title', 'x-providerName', 'x-schemaVersion', 'x-supportContact']) {
		if (typeof info[name] !== 'string' || info[name] === '') errors.push(`info has no ${name}.`);
	}
	const version = info['x-schemaVersion'];
	if (typeof version === 'string' && version !== '1.0.0') {
		errors.push(`info.x-schemaVersion is ${version}; there is 1.0.0.`);
	}
}

function checkPaths(paths: Loose, errors: string[], warnings: string[]): void {
	for (const path of REQUIRED_PATHS) {
		if (!isRecord(paths[path])) errors.push(`paths has no ${path}.`);
	}
	const submit = paths['/submitAsyncAction'];
	if (isRecord(submit)) checkSubmit(submit, errors, warnings);
	for (const [path, method, type, schema] of ANSWERS) {
		if (!isRecord(paths[path])) continue;
		const media = at(paths, path, method, 'responses', '200', 'content', type);
		if (media === undefined) errors.push(`${path}: ${method} has no answer 200 with ${type}.`);
		const wanted = `#/components/schemas/${schema}`;
		if (schema && media !== undefined && at(media, 'schema', '$ref') !== wanted) {
			errors.push(`${path}: the schema of its answer 200 is not {"$ref": "${wanted}"}.`);
		}
	}
}

function checkSubmit(submit: Loose, errors: string[], warnings: string[]): void {
	if (!isRecord(submit.post)) {
		errors.push('/submitAsyncAction has no post.');
		return;
	}
	for (const name of ['requestBody', 'callbacks']) {
		if (!isRecord(submit.post[name])) errors.push(`/submitAsyncAction: post has no ${name}.`);
	}
	if (!isRecord(at(submit.post, 'callbacks', 'selfServiceFlowComplete', CALLBACK, 'post'))) {
		warnings.push(`/submitAsyncAction: callbacks has no selfServiceFlowComplete with ${CALLBACK}.`);
	}
	const missing = STATUSES.filter((status) => at(submit.post, 'responses', status) === undefined);
	if (missing.length > 0)
		warnings.push(`/submitAsyncAction: no answers ${missing.join(', ')} declared.`);
}

function schemeOf(document: Loose, errors: string[]): SecurityScheme | undefined {
	const { security } = document;
	const first: unknown = Array.isArray(security) ? security[0] : undefined;
	const name = isRecord(first) ? Object.keys(first)[0] : undefined;
	if (name === undefined) {
		errors.push('The document has no root security with a scheme.');
		return undefined;
	}
	const scheme = at(document, 'components', 'securitySchemes', name);
	const type = at(scheme, 'type');
	if (type === 'http' && at(scheme, 'scheme') === 'basic') return { type: 'basic' };
	if (type === 'apiKey') {
		const where = at(scheme, 'in');
		const key = at(scheme, 'name');
		if ((where === 'header' || where === 'query') && typeof key === 'string' && key !== '') {
			return { type, name: key, in: where };
		}
		errors.push(`components.securitySchemes.${name} needs a name, and in as header or query.`);
		return undefined;
	}
	errors.push(
		type === 'oauth2'
			? `${name}: this twin signs in with an API key or with basic authentication, not with OAuth 2.`
			: `components.securitySchemes has no usable ${name}.`,
	);
	return undefined;
}
