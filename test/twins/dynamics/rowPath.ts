import type { Database } from './database';
import { DataverseError, queryError } from './errors';
import type { Column, Table } from './schema';
import { isLookup } from './schema';
import type { Stored } from './store';
import { isGuid } from './text';
import { parseValue } from './values';

/** Which row a path means. */
export type RowPath =
	| { readonly kind: 'id'; readonly id: string }
	| {
			readonly kind: 'key';
			readonly name: string;
			/** As it was written in the path. */
			readonly text: string;
			readonly values: Readonly<Record<string, Stored>>;
	  };

/** Characters the web server in front refuses in a path. */
const REFUSED = /[<>*%&:\\?+/]/;

/**
 * Reads what stands between the parentheses of `leads(…)`: a GUID, `leadid=<GUID>`, or the columns
 * of an alternate key.
 * @param text percent-decoded
 */
export function parseRowPath(table: Table, text: string): RowPath {
	const trimmed = text.trim();
	if (isGuid(trimmed)) return { kind: 'id', id: trimmed.toLowerCase() };
	const parts = [...trimmed.matchAll(/\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,]+)\s*(?:,|$)/g)];
	if (parts.length === 0 || parts.map((part) => part[0]).join('').length !== trimmed.length) {
		throw queryError(
			`Bad Request - Error in query syntax: '${trimmed}' is no key of ${table.set}.`,
			'0x80060888',
		);
	}
	const values: Record<string, Stored> = {};
	for (const [, name, literal] of parts) {
		if (name === table.id && isGuid(literal!)) return { kind: 'id', id: literal!.toLowerCase() };
		const column = table.byProperty.get(name!);
		if (!column) throw undefinedKey(table);
		values[column.name] = keyValue(table, column, literal!.trim());
	}
	const names = Object.keys(values).sort().join();
	const key = table.spec.keys.find((candidate) => [...candidate.columns].sort().join() === names);
	if (!key) throw undefinedKey(table);
	if (key.status !== 'Active') {
		throw new DataverseError(
			400,
			'0x8006088f',
			`Invalid EntityKey Operation performed : Entity ${table.name} Key ${key.name} is not active`,
		);
	}
	return { kind: 'key', name: key.name, text: trimmed, values };
}

/** Id of the row, when there is one. */
export function findId(database: Database, table: Table, path: RowPath): string | undefined {
	const store = database.store(table);
	if (path.kind === 'id') return store.get(path.id) ? path.id : undefined;
	const key = table.spec.keys.find((candidate) => candidate.name === path.name)!;
	return store.withKey(
		key.name,
		key.columns.map((column) => path.values[column]!),
	);
}

/** The error for a path that leads to no row. */
export function noSuchRow(table: Table, path: RowPath): DataverseError {
	if (path.kind === 'id') {
		return new DataverseError(
			404,
			'0x80040217',
			`${table.name} With Id = ${path.id} Does Not Exist`,
		);
	}
	return new DataverseError(
		404,
		'0x80060891',
		`A record with the specified key values does not exist in ${table.name} entity`,
	);
}

function undefinedKey(table: Table): DataverseError {
	return new DataverseError(
		400,
		'0x80060890',
		`The specified key attributes are not a defined key for the ${table.name} entity`,
	);
}

function keyValue(table: Table, column: Column, literal: string): Stored {
	const quoted = literal.startsWith("'");
	const text = quoted ? literal.slice(1, -1).replace(/''/g, "'") : literal;
	if (REFUSED.test(text) && column.type === 'String') {
		const character = REFUSED.exec(text)![0];
		throw new DataverseError(
			400,
			'',
			`A potentially dangerous Request.Path value was detected from the client (${character}).`,
		);
	}
	if (isLookup(column)) return { id: text.toLowerCase(), table: column.targets?.[0] ?? '' };
	const numeric = !quoted && /^-?\d+(\.\d+)?$/.test(text);
	const value = parseValue(table, column, numeric ? Number(text) : text);
	if (value === null) throw undefinedKey(table);
	return value;
}
