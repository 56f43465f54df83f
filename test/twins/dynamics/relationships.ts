import type { Database } from './database';
import type { Lookup, Table } from './schema';

/** A collection-valued navigation property: the rows of another table whose lookup leads here. */
export interface Collection {
	readonly name: string;
	readonly table: Table;
	readonly lookup: Lookup;
}

/** The collection behind a row that has this relationship's name. */
export function collectionOf(
	database: Database,
	table: Table,
	name: string,
): Collection | undefined {
	for (const other of database.schema.tables) {
		const lookup = other.spec.lookups.find(
			(one) => one.relationship === name && one.table === table.name,
		);
		if (lookup) return { name, table: other, lookup };
	}
	return undefined;
}
