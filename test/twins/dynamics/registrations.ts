import type { Database } from './database';
import { DataverseError, payloadError } from './errors';
import { guidOf } from './privileges';
import type { Table } from './schema';
import type { Changes, Reference, Row } from './store';

/** Messages that steps can be registered for. */
const MESSAGES = ['Assign', 'Create', 'Delete', 'Merge', 'SetState', 'Update'] as const;

/** Tables that belong to the registrations themselves: their rows set nothing off. */
export const REGISTRATION_TABLES: ReadonlySet<string> = new Set([
	'asyncoperation',
	'sdkmessage',
	'sdkmessagefilter',
	'sdkmessageprocessingstep',
	'sdkmessageprocessingstepimage',
	'serviceendpoint',
]);

const ASYNCHRONOUS = 1;
const POST_OPERATION = 40;
const HTTP_HEADER = 5;
const HTTP_QUERY = 6;

/** Puts in the messages, and a filter per message and table; what is there already stays. */
export function seedMessages(database: Database): void {
	const messages = database.store(database.table('sdkmessage'));
	const filters = database.store(database.table('sdkmessagefilter'));
	for (const name of MESSAGES) {
		const id = guidOf(`message ${name}`);
		if (!messages.get(id)) messages.insert(id, { sdkmessageid: id, name });
	}
	for (const table of database.schema.tables) {
		if (REGISTRATION_TABLES.has(table.name)) continue;
		for (const name of MESSAGES) {
			if (name === 'Merge' && !['account', 'contact', 'lead'].includes(table.name)) continue;
			const id = guidOf(`filter ${name} ${table.name}`);
			if (filters.get(id)) continue;
			filters.insert(id, {
				sdkmessagefilterid: id,
				primaryobjecttypecode: table.name,
				secondaryobjecttypecode: 'none',
				iscustomprocessingstepallowed: true,
				sdkmessageid: { id: guidOf(`message ${name}`), table: 'sdkmessage' },
			});
		}
	}
}

/**
 * Checks a new service endpoint, step or image.
 * @throws DataverseError when it could never work
 */
export function checkRegistration(database: Database, table: Table, asked: Changes): void {
	if (table.name === 'serviceendpoint') checkEndpoint(table, asked);
	if (table.name === 'sdkmessageprocessingstep') checkStep(database, table, asked);
	if (table.name === 'sdkmessageprocessingstepimage') checkImage(database, table, asked);
}

function checkEndpoint(table: Table, asked: Changes): void {
	required(table, asked, 'name', 'contract');
	if (asked.contract !== 8) return;
	if (typeof asked.url !== 'string' || !/^https?:\/\/[^\s/]/i.test(asked.url)) {
		throw invalid('The url of a webhook has to be an absolute http or https address.');
	}
	const byXml = asked.authtype === HTTP_HEADER || asked.authtype === HTTP_QUERY;
	if (byXml && settingsIn(asked.authvalue).length === 0) {
		throw invalid('The authvalue has to be <settings> with <setting name="…" value="…"/> inside.');
	}
}

function checkStep(database: Database, table: Table, asked: Changes): void {
	required(table, asked, 'eventhandler', 'sdkmessageid', 'mode', 'stage', 'rank');
	if (asked.mode === ASYNCHRONOUS && asked.stage !== POST_OPERATION) {
		throw invalid('Only SdkMessageProcessingStep with PostOperation stage can be asynchronous.');
	}
	const filter = asked.sdkmessagefilterid as Reference | null | undefined;
	if (!filter) return;
	const message = database.row(filter)?.values.sdkmessageid as Reference | undefined;
	if (message?.id !== (asked.sdkmessageid as Reference).id) {
		throw invalid('The SdkMessageFilter does not belong to the SdkMessage of the step.');
	}
}

function checkImage(database: Database, table: Table, asked: Changes): void {
	required(
		table,
		asked,
		'entityalias',
		'imagetype',
		'messagepropertyname',
		'sdkmessageprocessingstepid',
	);
	const step = database.row(asked.sdkmessageprocessingstepid as Reference);
	const message = step && messageOf(database, step);
	const wanted = message === 'Create' ? 'Id' : 'Target';
	if (asked.messagepropertyname !== wanted) {
		throw invalid(`MessagePropertyName of an image of ${message} has to be ${wanted}.`);
	}
	if (message === 'Create' && asked.imagetype !== 1) {
		throw invalid('PreImage is not supported for the message Create.');
	}
	if (message === 'Delete' && asked.imagetype !== 0) {
		throw invalid('PostImage is not supported for the message Delete.');
	}
}

/** Name of the message a step is registered for. */
export function messageOf(database: Database, step: Row): string {
	const message = database.row(step.values.sdkmessageid as Reference);
	return String(message?.values.name ?? '');
}

/**
 * What has to go, or to be gone, before a row is deleted: an endpoint with steps stays, a step takes its
 * images with it.
 */
export function beforeDelete(database: Database, table: Table, row: Row): void {
	if (table.name === 'serviceendpoint') {
		const steps = database
			.store(database.table('sdkmessageprocessingstep'))
			.withValue('eventhandler', { id: row.id, table: table.name });
		if (steps.size === 0) return;
		throw new DataverseError(
			400,
			'0x8004f01f',
			`The ServiceEndpoint(${row.id}) component cannot be deleted because it is referenced by ${steps.size} other components. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.`,
		);
	}
	if (table.name !== 'sdkmessageprocessingstep') return;
	const images = database.table('sdkmessageprocessingstepimage');
	const store = database.store(images);
	const owner = { id: row.id, table: table.name };
	for (const id of [...store.withValue('sdkmessageprocessingstepid', owner)]) {
		database.remove(images, store.get(id)!);
	}
}

/** Names and values in the XML of an authvalue. */
export function settingsIn(xml: unknown): Array<[name: string, value: string]> {
	const found = String(xml ?? '').matchAll(/<setting\s+name="([^"]*)"\s+value="([^"]*)"\s*\/>/g);
	return [...found].map(([, name, value]) => [unescapeXml(name!), unescapeXml(value!)]);
}

function unescapeXml(text: string): string {
	const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
	return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => signs[name]!);
}

function required(table: Table, asked: Changes, ...columns: string[]): void {
	for (const name of columns) {
		if (asked[name] !== undefined && asked[name] !== null) continue;
		throw payloadError(
			table.set,
			`Microsoft.Crm.CrmException: Required field '${name}' is missing.`,
		);
	}
}

function invalid(message: string): DataverseError {
	return new DataverseError(400, '0x80040203', message);
}
