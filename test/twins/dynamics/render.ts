import type { Database } from './database';
import { readValue } from './filter';
import { formattedValue } from './formatted';
import { comparatorOf, keysOf } from './ordering';
import { isLookup, propertyOf, type Column, type Table } from './schema';
import type { Expand, Shape } from './select';
import type { Preferences } from './session';
import type { Row } from './store';

const FORMATTED = 'OData.Community.Display.V1.FormattedValue';
const LOOKUP_TABLE = 'Microsoft.Dynamics.CRM.lookuplogicalname';
const LOOKUP_NAVIGATION = 'Microsoft.Dynamics.CRM.associatednavigationproperty';

/** A row as JSON. */
export function renderRow(
	database: Database,
	table: Table,
	row: Row,
	shape: Shape,
	preferences: Preferences,
): Record<string, unknown> {
	const shown: Record<string, unknown> = { '@odata.etag': etagOf(row) };
	for (const column of shape.columns) addColumn(database, table, row, column, preferences, shown);
	for (const expand of shape.expands) {
		shown[expand.navigation] =
			expand.kind === 'many'
				? rowsBehind(database, table, row, expand).map((one) =>
						renderRow(database, expand.target, one, expand.shape, preferences),
					)
				: linkedRow(database, row, expand, preferences);
	}
	return shown;
}

function linkedRow(
	database: Database,
	row: Row,
	{ lookup, target, shape }: Extract<Expand, { kind: 'one' }>,
	preferences: Preferences,
): Record<string, unknown> | null {
	const value = row.values[lookup.column];
	const visible =
		typeof value === 'object' &&
		value.table === target.name &&
		database.sight.sees(target, value.id);
	const linked = visible ? database.row(value) : undefined;
	return linked ? renderRow(database, target, linked, shape, preferences) : null;
}

/** The rows of a collection that are to be shown with a row. */
function rowsBehind(
	database: Database,
	table: Table,
	row: Row,
	{ collection, target, filter, order, top }: Extract<Expand, { kind: 'many' }>,
): Row[] {
	const store = database.store(target);
	const compare = comparatorOf(order);
	return [...store.withValue(collection.lookup.column, { id: row.id, table: table.name })]
		.flatMap((id) => store.get(id) ?? [])
		.filter((one) => database.sight.sees(target, one.id) && (filter?.test(one) ?? true))
		.map((one) => ({ one, keys: keysOf(order, one) }))
		.sort(compare)
		.slice(0, top)
		.map(({ one }) => one);
}

function addColumn(
	database: Database,
	table: Table,
	row: Row,
	column: Column,
	{ annotation, annotated }: Preferences,
	shown: Record<string, unknown>,
): void {
	const name = propertyOf(column);
	const value = database.sight.mayRead(table, column) ? readValue(column, row) : undefined;
	if (value === undefined) {
		shown[name] = null;
		return;
	}
	if (annotated) {
		if (annotation(FORMATTED)) {
			const symbol = currencySymbol(database, row, column);
			const text = formattedValue(column, value, database.nameOf, symbol);
			if (text !== undefined) shown[`${name}@${FORMATTED}`] = text;
		}
		if (isLookup(column) && typeof value === 'object') {
			const navigation = table.navigationTo(column.name, value.table);
			if (navigation && annotation(LOOKUP_NAVIGATION)) {
				shown[`${name}@${LOOKUP_NAVIGATION}`] = navigation;
			}
			if (annotation(LOOKUP_TABLE)) shown[`${name}@${LOOKUP_TABLE}`] = value.table;
		}
	}
	shown[name] = typeof value === 'object' ? value.id : value;
}

function currencySymbol(database: Database, row: Row, column: Column): string {
	if (column.type !== 'Money' || column.baseOf) return '$';
	const currency = row.values.transactioncurrencyid;
	const symbol = typeof currency === 'object' && database.row(currency)?.values.currencysymbol;
	return typeof symbol === 'string' ? symbol : '$';
}

export function etagOf(row: Row): string {
	return `W/"${row.version}"`;
}

/** The context of an answer with rows of a table. */
export function contextOf(root: string, table: Table, shape: Shape, ending = ''): string {
	const names = shape.selected === undefined ? [] : [shape.selected];
	const expanded = shape.expands.map(
		(expand) => `${expand.navigation}(${expand.shape.selected ?? ''})`,
	);
	const list = [...names, ...expanded].join(',');
	return `${root}$metadata#${table.set}${list ? `(${list})` : ''}${ending}`;
}
