import { randomUUID } from 'node:crypto';
import type { Database } from './database';
import { DataverseError, payloadError, queryError } from './errors';
import { demand } from './privileges';
import { contextOf, renderRow } from './render';
import { findId, noSuchRow, parseRowPath } from './rowPath';
import type { Table } from './schema';
import { parseShape } from './select';
import type { ApiAnswer, ApiCall, Preferences, Session } from './session';
import type { Changes, Reference, Row, Stored } from './store';

type Values = Readonly<Record<string, Stored | null | undefined>>;

/**
 * Looks at a connection as it will be: two rows, not one and the same, in roles that are for their
 * tables and belong together.
 * @returns what the database itself fills in
 * @throws DataverseError for what Dataverse refuses
 */
export function checkConnection(database: Database, values: Values): Record<string, Stored> {
	const [from, to] = [values.record1id, values.record2id];
	if (!isReference(from) || !isReference(to)) {
		throw queryError('A connection needs both record1id and record2id.', '0x80040203');
	}
	if (from.id === to.id) throw queryError('Cannot connect a record to itself.', '0x80048217');
	for (const [record, role] of [
		[from, values.record1roleid],
		[to, values.record2roleid],
	] as const) {
		if (isReference(role)) checkRole(database, record, role);
	}
	checkPair(database, values.record1roleid, values.record2roleid);
	return {
		name: database.nameOf(to) ?? '',
		record1objecttypecode: database.table(from.table).spec.typeCode,
		record2objecttypecode: database.table(to.table).spec.typeCode,
	};
}

/** A role is for the tables that are named for it, or for all. */
function checkRole(database: Database, record: Reference, role: Reference): void {
	const table = database.table('connectionroleobjecttypecode');
	const store = database.store(table);
	const tables = [...store.withValue('connectionroleid', role)].map(
		(id) => store.get(id)?.values.associatedobjecttypecode,
	);
	const { spec } = database.table(record.table);
	if (tables.length === 0 || tables.includes(spec.name)) return;
	throw queryError(
		`The record type ${spec.label} is not defined for use with the connection role ${database.nameOf(role)}.`,
		'0x80048215',
	);
}

/** Two different roles have to be associated with each other. */
function checkPair(
	database: Database,
	one: Stored | null | undefined,
	other: Stored | null | undefined,
): void {
	if (!isReference(one) || !isReference(other) || one.id === other.id) return;
	if (associated(database, one.id).includes(other.id)) return;
	throw queryError('The connection roles are not related.', '0x80048216');
}

/** The other side of every connection is a row of its own, so that it is found from either. */
export function mirrorOf(values: Values): Changes {
	const mirrored: Record<string, Stored | null> = {};
	for (const [name, value] of Object.entries(values)) {
		if (value === undefined) continue;
		mirrored[name.replace(/^record([12])/, (_, end) => `record${end === '1' ? 2 : 1}`)] = value;
	}
	return mirrored;
}

/** Makes the other side of a connection that was just made. */
export function insertMirror(database: Database, table: Table, row: Row): void {
	const id = randomUUID();
	const { connectionid: _id, ...rest } = mirrorOf({ ...table.defaults, ...row.values });
	const from = row.values.record1id as Reference;
	const kept = Object.entries(rest).filter((entry): entry is [string, Stored] => entry[1] !== null);
	database.insert(table, id, {
		...Object.fromEntries(kept),
		connectionid: id,
		ismaster: false,
		name: database.nameOf(from) ?? '',
		relatedconnectionid: { id: row.id, table: table.name },
	});
	database.update(table, row, { ismaster: true, relatedconnectionid: { id, table: table.name } });
}

/** The other side of a connection. */
export function otherSide(database: Database, row: Row): Row | undefined {
	const related = row.values.relatedconnectionid;
	return isReference(related) ? database.row(related) : undefined;
}

/**
 * `connectionroles(…)/connectionroleassociation_association`: the roles that go with a role, read and
 * changed by `$ref`; undefined for a call about something else.
 */
export function answerRoles(
	database: Database,
	segments: readonly string[],
	call: ApiCall,
	session: Session,
	preferences: Preferences,
): ApiAnswer | undefined {
	const [first = '', second = '', ending] = segments;
	const key = /^connectionroles\(([^]*)\)$/.exec(first)?.[1];
	const linked = /^connectionroleassociation_association(?:\(([^]*)\))?$/.exec(second);
	if (key === undefined || !linked) return undefined;
	const table = database.table('connectionrole');
	const row = roleAt(database, table, key);
	if (call.method === 'GET') {
		demand(database, session, 'Read', table);
		const shape = parseShape(database, table, call.query.get('$select'), call.query.get('$expand'));
		const store = database.store(table);
		const rows = associated(database, row.id).flatMap((id) => store.get(id) ?? []);
		return {
			status: 200,
			records: rows.length,
			body: {
				'@odata.context': contextOf(session.root, table, shape),
				value: rows.map((one) => renderRow(database, table, one, shape, preferences)),
			},
		};
	}
	if (ending !== '$ref') throw notAllowed(call.method);
	demand(database, session, 'Append', table);
	const link = call.query.get('$id') ?? (call.method === 'POST' ? linkIn(call) : '');
	const other = roleAt(database, table, linked[1] ?? /\(([^()]*)\)$/.exec(link)?.[1] ?? '');
	changeAssociation(database, row.id, other.id, call.method === 'POST');
	return { status: 204, records: 1 };
}

/** Makes two roles go together, or not any more. */
export function changeAssociation(
	database: Database,
	one: string,
	other: string,
	together: boolean,
): void {
	const table = database.table('connectionroleassociation');
	const store = database.store(table);
	const links = [...store.idsAfter()].filter((id) => {
		const { connectionroleid: left, associatedconnectionroleid: right } = store.get(id)!.values;
		return (left === one && right === other) || (left === other && right === one);
	});
	if (!together) for (const id of links) database.remove(table, store.get(id)!);
	if (!together || links.length > 0) return;
	const id = randomUUID();
	database.insert(table, id, {
		connectionroleassociationid: id,
		connectionroleid: one,
		associatedconnectionroleid: other,
	});
}

function associated(database: Database, role: string): string[] {
	const store = database.store(database.table('connectionroleassociation'));
	const ends = [
		['connectionroleid', 'associatedconnectionroleid'],
		['associatedconnectionroleid', 'connectionroleid'],
	] as const;
	return ends
		.flatMap(([from, to]) =>
			[...store.withValue(from, role)].map((id) => String(store.get(id)!.values[to])),
		)
		.sort();
}

function roleAt(database: Database, table: Table, key: string): Row {
	const path = parseRowPath(table, key);
	const id = findId(database, table, path);
	if (id === undefined) throw noSuchRow(table, path);
	return database.store(table).get(id)!;
}

function linkIn(call: ApiCall): string {
	try {
		return String((JSON.parse(call.body) as Record<string, unknown>)['@odata.id'] ?? '');
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError('', `Microsoft.OData.ODataException: ${message}`);
	}
}

function notAllowed(method: string): DataverseError {
	return new DataverseError(
		405,
		'0x0',
		`The requested resource does not support http method '${method}'.`,
	);
}

function isReference(value: Stored | null | undefined): value is Reference {
	return value !== null && typeof value === 'object';
}
