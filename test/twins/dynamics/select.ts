import { compileFilter, unknownProperty, type Filter } from './filter';
import { parseOrder, type Order } from './ordering';
import { collectionOf, type Collection } from './relationships';
import { queryError } from './errors';
import type { Database } from './database';
import type { Column, Lookup, Table } from './schema';

/** What to show of a row: columns, and linked rows in place. */
export interface Shape {
	readonly columns: readonly Column[];
	/** The `$select` as written, for the context; undefined for all columns. */
	readonly selected?: string;
	readonly expands: readonly Expand[];
}

/** A linked row, or the rows of a collection, shown in place. */
export type Expand = {
	readonly navigation: string;
	readonly target: Table;
	readonly shape: Shape;
} & (
	| { readonly kind: 'one'; readonly lookup: Lookup }
	| {
			readonly kind: 'many';
			readonly collection: Collection;
			readonly filter?: Filter;
			readonly order: readonly Order[];
			readonly top?: number;
	  }
);

/** Who asks, for filters that say "me" and "today". */
export interface Asker {
	readonly userId: string;
	readonly now: number;
}

const ONE_OPTIONS = ['$select', '$expand'];
const MANY_OPTIONS = [...ONE_OPTIONS, '$filter', '$orderby', '$top'];
const NOBODY: Asker = { userId: '', now: 0 };

/** Most `$expand` options of one query. */
const MAX_EXPANDS = 15;

/** Reads `$select` and `$expand`. @throws DataverseError for names the table does not have. */
export function parseShape(
	database: Database,
	table: Table,
	select: string | null,
	expand: string | null,
	asker: Asker = NOBODY,
): Shape {
	const parts = expand ? splitTop(expand, ',') : [];
	if (parts.length > MAX_EXPANDS) {
		throw queryError('Number of link entities in query exceeded maximum limit.', '0x8004430D');
	}
	const expands = parts.map((part) => parseExpand(database, table, part, asker));
	const names = (select ?? '')
		.split(',')
		.map((name) => name.trim())
		.filter(Boolean);
	if (names.length === 0 || names.includes('*')) return { columns: table.readable, expands };
	const columns = new Map<string, Column>();
	for (const name of names) {
		for (const column of columnsNamed(table, name)) columns.set(column.name, column);
	}
	const id = table.column(table.id);
	if (id) columns.set(id.name, id);
	return { columns: [...columns.values()], selected: names.join(','), expands };
}

/** A property, or a navigation property, which stands for its lookup column. */
function columnsNamed(table: Table, name: string): readonly Column[] {
	const column = table.byProperty.get(name);
	if (column) return [column];
	const lookup = table.navigations.get(name);
	const behind = lookup && table.column(lookup.column);
	if (behind) return [behind];
	throw unknownProperty(name, table.name);
}

function parseExpand(database: Database, table: Table, text: string, asker: Asker): Expand {
	const found = /^\s*([\w]+)\s*(?:\(([^]*)\))?\s*$/.exec(text);
	const navigation = found?.[1] ?? text;
	const options = optionsIn(found?.[2] ?? '');
	const lookup = table.navigations.get(navigation);
	const collection = lookup ? undefined : collectionOf(database, table, navigation);
	const target =
		collection?.table ??
		(lookup && database.schema.table(lookup.table === 'owner' ? 'systemuser' : lookup.table));
	if (!target) throw unknownProperty(navigation, table.name);
	const known = collection ? MANY_OPTIONS : ONE_OPTIONS;
	for (const name of options.keys()) {
		if (known.includes(name)) continue;
		throw queryError(
			collection
				? `${name} is not supported in $expand.`
				: `${name} is not supported on a single-valued navigation property.`,
			'0x80060888',
		);
	}
	const shape = parseShape(
		database,
		target,
		options.get('$select') ?? null,
		options.get('$expand') ?? null,
		asker,
	);
	if (!collection) return { kind: 'one', navigation, target, shape, lookup: lookup! };
	const filter = options.get('$filter');
	const top = options.get('$top');
	return {
		kind: 'many',
		navigation,
		target,
		shape,
		collection,
		order: parseOrder(target, options.get('$orderby') ?? null),
		...(filter && {
			filter: compileFilter(database, target, filter, new URLSearchParams(), asker),
		}),
		...(top && { top: Number(top) }),
	};
}

function optionsIn(text: string): ReadonlyMap<string, string> {
	return new Map(
		splitTop(text, ';')
			.filter((part) => part.trim())
			.map((part) => {
				const at = part.indexOf('=');
				return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
			}),
	);
}

/** Splits at marks that stand in no parentheses. */
function splitTop(text: string, mark: string): string[] {
	const parts: string[] = [];
	let depth = 0;
	let start = 0;
	for (let index = 0; index < text.length; index++) {
		if (text[index] === '(') depth++;
		else if (text[index] === ')') depth--;
		else if (text[index] === mark && depth === 0) {
			parts.push(text.slice(start, index));
			start = index + 1;
		}
	}
	parts.push(text.slice(start));
	return parts;
}
