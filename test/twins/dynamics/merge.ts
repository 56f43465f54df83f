import type { Database } from './database';
import { payloadError, queryError } from './errors';
import { parsePayload } from './payload';
import type { ApiAnswer, ApiCall, Session } from './session';
import type { Row } from './store';
import type { Table } from './schema';
import { updateRow, type WriteOptions } from './write';

type Json = Record<string, unknown>;

/** Tables that have the message, and the state of a row that was merged away. */
const MERGED_STATE: Readonly<Record<string, number>> = { account: 1, contact: 1, lead: 2 };

/** Lookups by which a row hangs on an account or contact, so that a merge takes it along. */
const HANGS_BY: ReadonlySet<string> = new Set([
	'parentcustomerid',
	'parentaccountid',
	'parentcontactid',
	'customerid',
	'regardingobjectid',
]);

/**
 * `Merge`: `Target` stays and takes over `UpdateContent`; `Subordinate` is deactivated, keeps its values and
 * leads to the target by `masterid`. Rows that hang on it go to the target. Undefined for a call about something else.
 */
export function answerMerge(
	database: Database,
	segment: string,
	call: ApiCall,
	session: Session,
	options: WriteOptions,
): ApiAnswer | undefined {
	if (segment.replace(/^Microsoft\.Dynamics\.CRM\./, '') !== 'Merge' || call.method !== 'POST')
		return undefined;
	const { Target, Subordinate, UpdateContent } = bodyOf(call);
	const { table, row: target } = rowOf(database, Target, 'Target');
	const { row: subordinate } = rowOf(database, Subordinate, 'Subordinate');
	if (UpdateContent) {
		const content = Object.entries(UpdateContent as Json).filter(
			([name]) => !name.startsWith('@') && name !== table.id,
		);
		const payload = parsePayload(database, table, Object.fromEntries(content), 'update');
		updateRow(database, table, target, payload, session, options);
	}
	const changes = {
		statecode: MERGED_STATE[table.name]!,
		merged: true,
		masterid: { table: table.name, id: target.id },
	};
	const moved = takeAlong(database, table, subordinate, target, session, options);
	updateRow(database, table, subordinate, { changes }, session, options);
	return { status: 204, records: 2 + moved };
}

/** What hangs on a row hangs on another one from now on. How many rows that was. */
function takeAlong(
	database: Database,
	table: Table,
	from: Row,
	to: Row,
	session: Session,
	options: WriteOptions,
): number {
	let moved = 0;
	for (const other of database.schema.tables) {
		const lookups = other.spec.lookups.filter((lookup) => lookup.table === table.name);
		for (const column of new Set(lookups.map((lookup) => lookup.column))) {
			if (!HANGS_BY.has(column)) continue;
			const store = database.store(other);
			for (const id of [...store.withValue(column, { id: from.id, table: table.name })]) {
				const changes = { [column]: { id: to.id, table: table.name } };
				updateRow(database, other, store.get(id)!, { changes }, session, options);
				moved++;
			}
		}
	}
	return moved;
}

function rowOf(database: Database, given: unknown, parameter: string): { table: Table; row: Row } {
	const reference = (given ?? {}) as Json;
	const name = /(\w+)$/.exec(String(reference['@odata.type']))?.[1] ?? '';
	if (MERGED_STATE[name] === undefined)
		throw queryError(
			`Required field '${parameter}' is missing for unbound action 'Merge'.`,
			'0x80040203',
		);
	const table = database.table(name);
	const id = String(reference[table.id]).toLowerCase();
	const row = database.row({ table: name, id });
	if (!row) throw queryError(`${name} With Id = ${id} Does Not Exist`, '0x80040217');
	return { table, row };
}

function bodyOf(call: ApiCall): Json {
	try {
		return JSON.parse(call.body) as Json;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError('', `Microsoft.OData.ODataException: ${message}`);
	}
}
