import type { FieldRegistry } from '../fields/fieldRegistry';
import { definitionProblems, type ServiceDefinition } from './definition';
import { mapFields, type MappingResult } from './fieldMapping';
import { checkDocument, type SecurityScheme } from './openApi';
import { callOutside, type NoAnswer, type OutsideAnswer } from './outside';
import { addressOf, type PicklistChoice, type ServiceCredentials } from './service';
import { at, isRecord, recordOf, textOf, type Loose } from './shape';

/** Choices of one list. */
const MAX_CHOICES = 1000;
const TIMEOUT_MS = 30_000;

/** The installation failed; every reason in words. */
export class InstallFailure extends Error {
	constructor(readonly reasons: readonly string[]) {
		super(reasons.join(' '));
	}
}

/** What was found at the address of a service. */
export interface FoundService {
	readonly document: Loose;
	readonly baseUrl: string;
	readonly scheme: SecurityScheme;
	readonly credentials: ServiceCredentials;
	readonly status: Loose;
	readonly definition: ServiceDefinition;
	readonly mapping: MappingResult;
	readonly picklists: ReadonlyMap<string, readonly PicklistChoice[]>;
	/** Media type and size by path, for icons and instructions. */
	readonly pages: Readonly<
		Record<string, { readonly contentType: string; readonly bytes: number }>
	>;
	readonly warnings: readonly string[];
}

type Where = Pick<FoundService, 'baseUrl' | 'scheme' | 'credentials'>;

/**
 * Reads and checks everything an installation reads, in its order: the document, `/status` with the
 * credentials, the definition, icons and instructions, choices.
 * @throws InstallFailure
 */
export async function findService(body: Loose, fields: FieldRegistry): Promise<FoundService> {
	const url = textOf(body.url, 'url');
	const document = jsonOf(
		await callOutside({ method: 'GET', url, timeoutMs: TIMEOUT_MS }),
		`The document at ${url}`,
	);
	const check = checkDocument(document);
	if (check.errors.length > 0) throw new InstallFailure(check.errors);
	const found = document as Loose;
	const credentials = credentialsFrom(body.credentials, check.scheme!);
	const where: Where = { baseUrl: baseUrlOf(found, url), scheme: check.scheme!, credentials };
	const status = jsonOf(await read(where, '/status'), '/status');
	const definition = jsonOf(await read(where, '/getServiceDefinition'), '/getServiceDefinition');
	const warnings = [...check.warnings];
	checkStatus(status, warnings);
	const problems = definitionProblems(definition);
	if (problems.length > 0) throw new InstallFailure(problems);
	const service = definition as ServiceDefinition;
	const given = body.mapping === undefined ? {} : recordOf(body.mapping, 'mapping');
	const mapping = mapFields(service, given, fields);
	if (mapping.errors.length > 0) throw new InstallFailure(mapping.errors);
	warnings.push(...mapping.warnings);
	const paths = found.paths as Loose;
	return {
		...where,
		document: found,
		status: status as Loose,
		definition: service,
		mapping,
		pages: await readPages(where, paths),
		picklists: await readPicklists(where, service, mapping, paths),
		warnings,
	};
}

/** Without servers the service is at the root of the host that has the document. */
function baseUrlOf(document: Loose, url: string): string {
	const { servers } = document;
	const first = Array.isArray(servers) ? at(servers[0], 'url') : undefined;
	const base = typeof first === 'string' ? new URL(first, url).href : new URL(url).origin;
	return base.replace(/\/$/, '');
}

function credentialsFrom(given: unknown, scheme: SecurityScheme): ServiceCredentials {
	const { apiKey, user, password } = isRecord(given) ? given : {};
	if (scheme.type === 'apiKey' && typeof apiKey === 'string') return { apiKey };
	if (scheme.type === 'basic' && typeof user === 'string' && typeof password === 'string') {
		return { user, password };
	}
	const wanted = scheme.type === 'apiKey' ? '{apiKey}' : '{user, password}';
	throw new InstallFailure([`The service wants credentials ${wanted}.`]);
}

async function read(where: Where, path: string, body?: unknown): Promise<OutsideAnswer | NoAnswer> {
	const { url, headers } = addressOf(where, path);
	if (body === undefined)
		return await callOutside({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS });
	return await callOutside({
		method: 'POST',
		url,
		headers: { ...headers, 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
		timeoutMs: TIMEOUT_MS,
	});
}

function jsonOf(answer: OutsideAnswer | NoAnswer, what: string): unknown {
	if (!answer.answered) throw new InstallFailure([`${what}: ${answer.why}.`]);
	const hint = [401, 403].includes(answer.status) ? ' Are the credentials right?' : '';
	if (answer.status !== 200)
		throw new InstallFailure([`${what} answers HTTP ${answer.status}.${hint}`]);
	try {
		return JSON.parse(answer.text) as unknown;
	} catch {
		throw new InstallFailure([`${what} is no JSON (this twin reads no YAML).`]);
	}
}

function checkStatus(status: unknown, warnings: string[]): void {
	if (!isRecord(status)) throw new InstallFailure(['/status answers no object.']);
	for (const name of ['info', 'warnings', 'errors']) {
		const lines = status[name];
		if (lines === undefined) continue;
		if (!Array.isArray(lines) || lines.some((line) => typeof line !== 'string')) {
			throw new InstallFailure([`/status: ${name} is a list of texts.`]);
		}
		if (name !== 'info') warnings.push(...lines.map((line) => `/status: ${line}`));
	}
}

async function readPages(where: Where, paths: Loose): Promise<FoundService['pages']> {
	const pages: Record<string, { contentType: string; bytes: number }> = {};
	for (const path of ['/serviceIcon', '/brandIcon', '/providerInstructions']) {
		if (!(path in paths)) continue;
		const answer = await read(where, path);
		if (answer.status !== 200) throw new InstallFailure([`${path} answers HTTP ${answer.status}.`]);
		const contentType = answer.headers.get('content-type') ?? '';
		const wanted = path === '/providerInstructions' ? 'text/html' : 'image/';
		if (!contentType.startsWith(wanted) || answer.bytes.length === 0) {
			throw new InstallFailure([`${path} answers ${contentType || 'nothing'}, not ${wanted}…`]);
		}
		pages[path] = { contentType, bytes: answer.bytes.length };
	}
	return pages;
}

async function readPicklists(
	where: Where,
	{ invocationPayloadDef }: ServiceDefinition,
	mapping: MappingResult,
	paths: Loose,
): Promise<Map<string, PicklistChoice[]>> {
	const { flowAttributes = [], globalAttributes = [], headers = [] } = invocationPayloadDef;
	const wanted = [
		...flowAttributes.map((one) => ['flow', one.apiName, one.hasPicklist] as const),
		...globalAttributes.map((one) => ['global', one.apiName, one.hasPicklist] as const),
		...headers.map((one) => ['header', one.name, one.hasPicklist] as const),
	].filter(([, , has]) => has);
	if (wanted.length > 0 && !('/getPicklist' in paths)) {
		throw new InstallFailure([
			`${wanted[0]![1]} has a picklist, and the document no /getPicklist.`,
		]);
	}
	const fieldMappingContext = {
		invocation: mappingContext(mapping.invocation, invocationPayloadDef.userDrivenMapping),
		callback: mappingContext(mapping.callback, false),
	};
	const lists = new Map<string, PicklistChoice[]>();
	for (const [type, name] of wanted) {
		const what = `/getPicklist for ${type} ${name}`;
		const answer = jsonOf(
			await read(where, '/getPicklist', { name, type, fieldMappingContext }),
			what,
		);
		lists.set(`${type} ${name}`, choicesOf(answer, what));
	}
	return lists;
}

function mappingContext(mapping: MappingResult['invocation'], userDriven = false) {
	return [...mapping].map(([serviceAttribute, { field }]) => ({
		marketoAttribute: field.name,
		...(!userDriven && { serviceAttribute }),
	}));
}

function choicesOf(answer: unknown, what: string): PicklistChoice[] {
	const choices = at(answer, 'choices');
	if (!Array.isArray(choices)) throw new InstallFailure([`${what} answers no choices.`]);
	if (choices.length > MAX_CHOICES)
		throw new InstallFailure([`${what}: more than ${MAX_CHOICES} choices.`]);
	for (const choice of choices) {
		const value = at(choice, 'submittedValue');
		const fits = ['string', 'number', 'boolean'].includes(typeof value);
		if (!fits || typeof at(choice, 'displayValue', 'en_US') !== 'string') {
			throw new InstallFailure([
				`${what}: a choice has a submittedValue and a displayValue.en_US.`,
			]);
		}
	}
	return choices as PicklistChoice[];
}
