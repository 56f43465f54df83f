import type { Database } from './database';
import { DataverseError } from './errors';
import { demand } from './privileges';
import { countMany, readMany } from './readMany';
import type { Collection } from './relationships';
import { findId, noSuchRow, parseRowPath } from './rowPath';
import type { Table } from './schema';
import type { ApiAnswer, ApiCall, Preferences, Session } from './session';
import type { Row } from './store';

/** `GET accounts(…)/contact_customer_accounts`, also with `/$count`: rows as in any other list. */
export function readCollection(
	database: Database,
	{ name, table, lookup }: Collection,
	parent: { readonly table: Table; readonly row: Row },
	ending: string | undefined,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
): ApiAnswer {
	demand(database, session, 'Read', table);
	const reference = { id: parent.row.id, table: parent.table.name };
	const within = {
		test: (row: Row) => {
			const value = row.values[lookup.column];
			return (
				typeof value === 'object' && value.id === reference.id && value.table === reference.table
			);
		},
		candidates: () => database.store(table).withValue(lookup.column, reference),
	};
	if (ending === '$count') return countMany(database, table, call, session, within);
	const path = `${parent.table.set}(${parent.row.id})/${name}`;
	return readMany(database, table, call, session, preferences, { path, filter: within });
}

/** The row that `…/$ref` puts into a collection or takes out: of its key, `$id`, or the body. */
export function linkedRow(
	database: Database,
	{ table }: Collection,
	key: string | undefined,
	link: unknown,
): Row {
	const text = key ?? /\(([^()]*)\)$/.exec(String(link ?? ''))?.[1];
	if (text === undefined) {
		throw new DataverseError(
			400,
			'0x80060888',
			'Entity Reference cannot have a null or empty link.',
		);
	}
	const path = parseRowPath(table, text);
	const id = findId(database, table, path);
	if (id === undefined) throw noSuchRow(table, path);
	return database.store(table).get(id)!;
}
