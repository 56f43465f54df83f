import type { Cookie } from './cookie';
import { queryError } from './errors';
import { readValue, unknownProperty } from './filter';
import type { Column, Table } from './schema';
import type { Row } from './store';
import { foldText } from './text';

export interface Order {
	readonly column: Column;
	readonly descending: boolean;
}

/** Reads `$orderby`. @throws DataverseError for columns the table does not have */
export function parseOrder(table: Table, text: string | null): Order[] {
	if (!text) return [];
	return text.split(',').map((part) => {
		const [name = '', direction = 'asc'] = part.trim().split(/\s+/);
		const column = table.byProperty.get(name);
		if (!column) throw unknownProperty(name, table.name);
		if (direction !== 'asc' && direction !== 'desc') {
			throw queryError(`Syntax error at position ${name.length} in '${text}'.`);
		}
		return { column, descending: direction === 'desc' };
	});
}

export type Key = string | number | null;

/** What a row is sorted by: the columns of the order, then its id. */
export function keysOf(order: readonly Order[], row: Row): Key[] {
	return [...order.map(({ column }) => keyOf(column, row)), row.id];
}

export function keyOf(column: Column, row: Row): Key {
	const value = readValue(column, row);
	if (value === undefined) return null;
	if (typeof value === 'object') return value.id;
	if (typeof value === 'string') return foldText(value);
	return Number(value);
}

export function keysOfCookie(table: Table, order: readonly Order[], cookie: Cookie): Key[] {
	const keys = order.map(({ column }): Key => {
		const text = cookie.last.get(column.name) ?? null;
		if (text === null) return null;
		const textual = [
			'String',
			'Memo',
			'DateTime',
			'Lookup',
			'Customer',
			'Owner',
			'Uniqueidentifier',
			'MultiSelectPicklist',
		];
		return textual.includes(column.type) ? text : Number(text);
	});
	return [...keys, cookie.last.get(table.id) ?? ''];
}

/** Nulls come first, as in SQL Server. */
export function comparatorOf(
	order: readonly Order[],
): (left: { keys: Key[] }, right: { keys: Key[] }) => number {
	const directions = [...order.map(({ descending }) => (descending ? -1 : 1)), 1];
	return (left, right) => {
		for (const [index, direction] of directions.entries()) {
			const order = compareKeys(left.keys[index]!, right.keys[index]!);
			if (order !== 0) return order * direction;
		}
		return 0;
	};
}

function compareKeys(left: Key, right: Key): number {
	if (left === right) return 0;
	if (left === null) return -1;
	if (right === null) return 1;
	return left < right ? -1 : 1;
}
