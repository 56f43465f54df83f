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

/**
 * `Merge`: `Target` stays and takes over `UpdateContent`; `Subordinate` is deactivated, keeps its values and
 * leads to the target by `masterid`. Rows that hang on it stay where they are. Undefined for a call about
 * something else.
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
	updateRow(database, table, subordinate, { changes }, session, options);
	return { status: 204, records: 2 };
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
