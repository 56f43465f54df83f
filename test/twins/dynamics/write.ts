import { randomUUID } from 'node:crypto';
import { computedColumns } from './computed';
import { checkConnection, insertMirror, mirrorOf, otherSide } from './connections';
import { canOwn, type Database } from './database';
import { DataverseError } from './errors';
import { forgetLinks } from './marketing';
import type { Payload } from './payload';
import { runPlugins, type Plugin } from './plugins';
import { demand } from './privileges';
import { beforeDelete, checkRegistration } from './registrations';
import { isLookup, type Table } from './schema';
import type { Session } from './session';
import { guardClosing, settleState } from './state';
import type { Changes, Reference, Row, Stored } from './store';
import { isoSeconds } from './text';

/** What a single write is told beside its values. */
export interface WriteOptions {
	readonly plugins: readonly Plugin[];
	/** `MSCRM.SuppressDuplicateDetection: false`. */
	readonly detectDuplicates: boolean;
	/** An action that closes an opportunity, as no plain write may. */
	readonly closes?: boolean;
}

/** Columns by which the default rules find duplicates. */
const DUPLICATE_COLUMNS: Readonly<Record<string, string>> = {
	account: 'name',
	contact: 'emailaddress1',
	lead: 'emailaddress1',
};

/** Creates a row. @throws DataverseError for any rule of Dataverse it breaks */
export function createRow(
	database: Database,
	table: Table,
	payload: Payload,
	session: Session,
	options: WriteOptions,
): Row {
	demand(database, session, 'Create', table);
	const links: Record<string, Stored | null> = { ...payload.changes };
	for (const { table: other, column, payload: first } of payload.before ?? []) {
		const made = createRow(database, other, first, session, options);
		links[column] = { id: made.id, table: other.name };
	}
	demandForLinks(database, session, table, links);
	database.sight.demandColumns(table, Object.keys(links), 'create');
	const id = payload.id ?? randomUUID();
	const asked = runPlugins(options.plugins, table, 'create', links);
	checkRequired(table, asked);
	checkRegistration(database, table, asked);
	if (table.name === 'opportunity') guardClosing(table, asked, {});
	const values: Record<string, Stored | null> = {
		...defaults(table, session),
		...asked,
		[table.id]: id,
	};
	Object.assign(values, settleState(table, asked, {}, id), stampsOfCreation(table, session, asked));
	checkOwner(database, values);
	Object.assign(values, computedColumns(database, table, values));
	if (table.name === 'connection') Object.assign(values, checkConnection(database, values));
	checkKeys(database, table, id, values, Object.keys(values));
	if (options.detectDuplicates) checkDuplicates(database, table, id, asked);
	const row = database.insert(table, id, withoutNulls(values));
	if (table.name === 'connection') insertMirror(database, table, row);
	database.note({ message: 'Create', table, id, written: values, after: row.values, session });
	for (const { table: other, column, payload: then } of payload.after ?? []) {
		const changes = { ...then.changes, [column]: { id, table: table.name } };
		createRow(database, other, { ...then, changes }, session, options);
	}
	return row;
}

/** Updates a row. @throws DataverseError for any rule of Dataverse it breaks */
export function updateRow(
	database: Database,
	table: Table,
	row: Row,
	payload: Payload,
	session: Session,
	options: WriteOptions,
): void {
	demand(database, session, 'Write', table);
	if (payload.changes.ownerid !== undefined) demand(database, session, 'Assign', table);
	demandForLinks(database, session, table, payload.changes);
	database.sight.demandColumns(table, Object.keys(payload.changes), 'update');
	const asked = runPlugins(options.plugins, table, 'update', payload.changes);
	checkRequired(table, asked);
	const changes: Record<string, Stored | null> = { ...asked };
	if (table.name === 'opportunity' && !options.closes) {
		Object.assign(changes, guardClosing(table, asked, row.values));
	}
	if (asked.statecode !== undefined || asked.statuscode !== undefined) {
		Object.assign(changes, settleState(table, asked, row.values, row.id));
	}
	checkOwner(database, changes);
	Object.assign(changes, stampsOfChange(table, session));
	const after = { ...row.values, ...changes };
	if (table.name === 'connection') Object.assign(changes, checkConnection(database, after));
	for (const [name, value] of Object.entries(computedColumns(database, table, after))) {
		if (!sameValue(row.values[name] ?? null, value)) changes[name] = value;
	}
	checkKeys(database, table, row.id, { ...after, ...changes }, Object.keys(changes));
	if (options.detectDuplicates) checkDuplicates(database, table, row.id, asked);
	const before = row.values;
	database.update(table, row, changes);
	if (table.name === 'connection') updateMirror(database, table, row, changes);
	database.note({
		message: 'Update',
		table,
		id: row.id,
		written: changes,
		before,
		after: row.values,
		session,
	});
}

/** The other side of a connection changes along. */
function updateMirror(database: Database, table: Table, row: Row, changes: Changes): void {
	const mirror = otherSide(database, row);
	if (!mirror) return;
	const from = row.values.record1id as Reference;
	database.update(table, mirror, { ...mirrorOf(changes), name: database.nameOf(from) ?? '' });
}

/** Deletes a row and takes it out of the lookups that led to it. */
export function deleteRow(database: Database, table: Table, row: Row, session: Session): void {
	demand(database, session, 'Delete', table);
	if (['systemuser', 'organization', 'businessunit'].includes(table.name)) {
		throw new DataverseError(
			405,
			'0x80040800',
			`The 'Delete' method does not support entities of type '${table.name}'. MessageProcessorCache returned MessageProcessor.Empty.`,
		);
	}
	beforeDelete(database, table, row);
	const mirror = table.name === 'connection' ? otherSide(database, row) : undefined;
	database.remove(table, row);
	if (mirror) database.remove(table, mirror);
	database.note({ message: 'Delete', table, id: row.id, written: {}, before: row.values, session });
	forgetLinks(database, table, row.id);
	for (const other of database.schema.tables) unlink(database, other, table, row.id, session);
}

function unlink(
	database: Database,
	other: Table,
	table: Table,
	id: string,
	session: Session,
): void {
	const columns = new Set(
		other.spec.lookups
			.filter((lookup) => lookup.table === table.name)
			.map((lookup) => lookup.column),
	);
	for (const column of columns) {
		const store = database.store(other);
		if (store.count === 0) continue;
		for (const rowId of [...store.withValue(column, { id, table: table.name })]) {
			const stamps = stampsOfChange(other, session);
			database.update(other, store.get(rowId)!, { ...stamps, [column]: null });
		}
	}
}

function defaults(table: Table, session: Session): Record<string, Stored> {
	const values: Record<string, Stored> = { ...table.defaults };
	if (table.column('ownerid')) values.ownerid = { id: session.userId, table: 'systemuser' };
	return values;
}

function stampsOfCreation(table: Table, session: Session, asked: Changes): Record<string, Stored> {
	const now = isoSeconds(session.now);
	const stamps: Record<string, Stored> = {};
	const put = (name: string, value: Stored) => {
		if (table.column(name)) stamps[name] = value;
	};
	put('createdon', now);
	put('modifiedon', now);
	put('createdby', user(session.userId));
	put('modifiedby', user(session.userId));
	if (session.onBehalfBy) {
		put('createdonbehalfby', user(session.onBehalfBy));
		put('modifiedonbehalfby', user(session.onBehalfBy));
	}
	// An imported row shows the date it was made elsewhere; when it was really made moves aside.
	if (typeof asked.overriddencreatedon === 'string') {
		put('createdon', asked.overriddencreatedon);
		put('overriddencreatedon', now);
	}
	return stamps;
}

function stampsOfChange(table: Table, session: Session): Record<string, Stored | null> {
	const stamps: Record<string, Stored | null> = {};
	if (table.column('modifiedon')) stamps.modifiedon = isoSeconds(session.now);
	if (table.column('modifiedby')) stamps.modifiedby = user(session.userId);
	if (table.column('modifiedonbehalfby')) {
		stamps.modifiedonbehalfby = session.onBehalfBy ? user(session.onBehalfBy) : null;
	}
	return stamps;
}

function user(id: string): Reference {
	return { id, table: 'systemuser' };
}

/** SystemRequired columns must not be cleared; for the other levels the API asks nothing. */
function checkRequired(table: Table, asked: Changes): void {
	for (const [name, value] of Object.entries(asked)) {
		if (value !== null || table.column(name)?.required !== 'SystemRequired') continue;
		throw new DataverseError(400, '0x80040200', `Attribute '${name}' cannot be NULL`);
	}
}

function checkOwner(database: Database, values: Readonly<Record<string, Stored | null>>): void {
	const owner = values.ownerid as Reference | null | undefined;
	if (owner?.table !== 'systemuser') return;
	const disabled = database.row(owner)?.values.isdisabled === true;
	if (!disabled && canOwn(database, owner.id)) return;
	throw new DataverseError(
		403,
		disabled ? '0x80041d1f' : '0x80042f09',
		disabled
			? `The user with SystemUserId=${owner.id} is disabled and cannot be the owner.`
			: 'The user has not been assigned any roles.',
	);
}

function demandForLinks(
	database: Database,
	session: Session,
	table: Table,
	changes: Changes,
): void {
	for (const [name, value] of Object.entries(changes)) {
		const column = table.column(name);
		if (!column || !isLookup(column) || column.type === 'Owner' || value === null) continue;
		demand(database, session, 'Append', table);
		const target = database.schema.table((value as Reference).table);
		if (target && target.name !== 'transactioncurrency')
			demand(database, session, 'AppendTo', target);
	}
}

function checkKeys(
	database: Database,
	table: Table,
	id: string,
	values: Readonly<Record<string, Stored | null | undefined>>,
	written: readonly string[],
): void {
	for (const key of table.spec.keys) {
		if (key.status !== 'Active' || !key.columns.some((column) => written.includes(column)))
			continue;
		const parts = key.columns.map((column) => values[column]);
		if (parts.some((part) => part === null || part === undefined)) continue;
		const holder = database.store(table).withKey(key.name, parts as Stored[]);
		if (holder === undefined || holder === id) continue;
		const labels = key.columns.map((column) => table.column(column)?.label ?? column).join(', ');
		throw new DataverseError(
			412,
			'0x80060892',
			`Entity Key ${key.schema} violated. A record with the same value for ${labels} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
		);
	}
}

function checkDuplicates(database: Database, table: Table, id: string, asked: Changes): void {
	const column = DUPLICATE_COLUMNS[table.name];
	const value = column === undefined ? undefined : asked[column];
	if (value === undefined || value === null) return;
	for (const other of database.store(table).withValue(column!, value)) {
		if (other === id) continue;
		throw new DataverseError(
			412,
			'0x80040333',
			'A record was not created or updated because a duplicate of the current record already exists.',
		);
	}
}

function withoutNulls(values: Readonly<Record<string, Stored | null>>): Record<string, Stored> {
	return Object.fromEntries(
		Object.entries(values).filter((entry): entry is [string, Stored] => entry[1] !== null),
	);
}

function sameValue(left: Stored | null, right: Stored | null): boolean {
	if (left !== null && right !== null && typeof left === 'object' && typeof right === 'object') {
		return left.id === right.id && left.table === right.table;
	}
	return left === right;
}
