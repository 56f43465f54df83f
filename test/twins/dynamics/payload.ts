import type { Database } from './database';
import { DataverseError, payloadError } from './errors';
import { collectionOf } from './relationships';
import { findId, noSuchRow, parseRowPath } from './rowPath';
import { isLookup, type Lookup, type Table } from './schema';
import type { Reference, Stored } from './store';
import { isGuid } from './text';
import { parseValue } from './values';

/** What a request body asks to write. */
export interface Payload {
	/** The primary key, when the body has it. */
	readonly id?: string;
	readonly changes: Record<string, Stored | null>;
	/** Rows to make along with it, first, which its lookups then lead to. */
	readonly before?: readonly LinkedRow[];
	/** Rows to make along with it, afterwards, whose lookups lead to it. */
	readonly after?: readonly LinkedRow[];
}

/** A row to make along with another, and the lookup between them. */
export interface LinkedRow {
	readonly table: Table;
	readonly column: string;
	readonly payload: Payload;
}

/**
 * Reads a request body. Columns that are not valid for the operation are passed over in silence,
 * as Dataverse does; names it does not know and values that do not fit are errors.
 * @param root service root, with which absolute links in `@odata.bind` begin
 */
export function parsePayload(
	database: Database,
	table: Table,
	body: unknown,
	event: 'create' | 'update',
): Payload {
	if (body === null || typeof body !== 'object' || Array.isArray(body)) {
		throw payloadError(table.set, 'System.ArgumentException: An entity object was expected.');
	}
	const changes: Record<string, Stored | null> = {};
	const before: LinkedRow[] = [];
	const after: LinkedRow[] = [];
	let id: string | undefined;
	for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
		if (name.endsWith('@odata.bind')) {
			bind(database, table, name.slice(0, -'@odata.bind'.length), value, event, changes);
		} else if (name.includes('@')) {
			checkAnnotation(table, name);
		} else if (name === table.id) {
			if (typeof value !== 'string' || !isGuid(value)) {
				throw payloadError(
					table.set,
					`Microsoft.OData.ODataException: Cannot convert the literal '${String(value)}' to the expected type 'Edm.Guid'.`,
				);
			}
			id = value.toLowerCase();
		} else if (event === 'create' && value !== null && typeof value === 'object') {
			const made = linkedRows(database, table, name, value);
			(Array.isArray(value) ? after : before).push(...made);
		} else {
			assign(table, name, value, event, changes);
		}
	}
	return { ...(id !== undefined && { id }), changes, before, after };
}

/** Rows written in place of links ("deep insert"): one behind a lookup, or a collection. */
function linkedRows(database: Database, table: Table, name: string, value: object): LinkedRow[] {
	if (Array.isArray(value)) {
		const collection = collectionOf(database, table, name);
		if (!collection) throw unknownName(table, name);
		return value.map((body: unknown) => ({
			table: collection.table,
			column: collection.lookup.column,
			payload: parsePayload(database, collection.table, body, 'create'),
		}));
	}
	const lookup = table.navigations.get(name);
	const target = lookup && database.schema.table(lookup.table);
	if (!lookup || !target) throw unknownName(table, name);
	const payload = parsePayload(database, target, value, 'create');
	return [{ table: target, column: lookup.column, payload }];
}

function assign(
	table: Table,
	name: string,
	value: unknown,
	event: 'create' | 'update',
	changes: Record<string, Stored | null>,
): void {
	const column = table.column(name);
	if (column && !isLookup(column) && column.odata !== false && column.type !== 'Virtual') {
		if (mayWrite(column.flags, event)) changes[name] = parseValue(table, column, value);
		return;
	}
	if (table.byProperty.has(name)) {
		throw new DataverseError(
			400,
			'0x80060888',
			'CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.',
		);
	}
	const lookup = table.navigations.get(name);
	if (!lookup) throw unknownName(table, name);
	if (value === null) {
		const behind = table.column(lookup.column);
		if (behind && mayWrite(behind.flags, event)) changes[lookup.column] = null;
		return;
	}
	if (typeof value === 'object') {
		throw new DataverseError(
			400,
			'0x80060888',
			'Deep update of navigation properties is not allowed.',
		);
	}
	throw payloadError(
		table.set,
		`Microsoft.OData.ODataException: A 'PrimitiveValue' node with a value was found when trying to read the value of the navigation property '${name}'; however, a 'StartObject' node or a null value was expected.`,
	);
}

function bind(
	database: Database,
	table: Table,
	name: string,
	value: unknown,
	event: 'create' | 'update',
	changes: Record<string, Stored | null>,
): void {
	const lookup = table.navigations.get(name);
	if (!lookup) {
		throw payloadError(
			table.set,
			`Microsoft.OData.ODataException: An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
		);
	}
	const column = table.column(lookup.column);
	if (!column || !mayWrite(column.flags, event)) return;
	changes[lookup.column] = value === null ? null : resolve(database, table, lookup, value);
}

/** The row a link leads to. @throws DataverseError when there is none or it is of a wrong table. */
function resolve(database: Database, table: Table, lookup: Lookup, value: unknown): Reference {
	const link = typeof value === 'string' ? decodeLink(value) : undefined;
	const found = link && /(?:^|\/)(\w+)\(([^()]*)\)$/.exec(link);
	if (!found) {
		throw payloadError(
			table.set,
			`Microsoft.OData.ODataException: The value '${String(value)}' of the annotation '${lookup.navigation}@odata.bind' is not a link to a row.`,
		);
	}
	const target = database.schema.ofSet(found[1]!);
	if (!target) {
		throw payloadError(
			table.set,
			`Microsoft.OData.ODataException: Resource not found for the segment '${found[1]}'.`,
		);
	}
	const allowed = lookup.table === 'owner' ? ['systemuser', 'team'] : [lookup.table];
	if (!allowed.includes(target.name)) {
		throw new DataverseError(
			400,
			'0x80048d19',
			`A value of type '${target.name}' was given for the navigation property '${lookup.navigation}', which leads to '${allowed.join("' or '")}'.`,
		);
	}
	const path = parseRowPath(target, found[2]!);
	const id = findId(database, target, path);
	if (id === undefined) throw noSuchRow(target, path);
	return { id, table: target.name };
}

function decodeLink(link: string): string {
	try {
		return decodeURIComponent(link);
	} catch {
		return link;
	}
}

function mayWrite(flags: string, event: 'create' | 'update'): boolean {
	return event === 'create' ? flags[0] === 'C' : flags[2] === 'U';
}

function checkAnnotation(table: Table, name: string): void {
	const annotation = name.slice(name.indexOf('@') + 1);
	if (annotation.includes('.')) return;
	throw payloadError(
		table.set,
		`System.ArgumentException: '${annotation}' is an invalid instance annotation name. An instance annotation name must contain a period that is not at the start or end of the name.`,
	);
}

function unknownName(table: Table, name: string): DataverseError {
	return payloadError(
		table.set,
		`Microsoft.Crm.CrmException: Invalid property '${name}' was found in entity 'Microsoft.Dynamics.CRM.${table.name}'. ---> Microsoft.OData.ODataException: The property '${name}' does not exist on type 'Microsoft.Dynamics.CRM.${table.name}'. Make sure to only use property names that are defined by the type.`,
	);
}
