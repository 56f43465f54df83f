import type { Database } from './database';
import { decodeCookie, encodeCookie, type Cookie } from './cookie';
import { queryError } from './errors';
import { compileFilter, type Filter } from './filter';
import { comparatorOf, keyOf, keysOf, keysOfCookie, parseOrder, type Order } from './ordering';
import { contextOf, renderRow } from './render';
import type { Table } from './schema';
import { parseShape } from './select';
import type { ApiAnswer, ApiCall, Preferences, Session } from './session';
import type { Row } from './store';

/** Rows per page when nothing smaller is asked for, and at most. */
export const MAX_PAGE = 5000;

const KNOWN_OPTIONS = new Set([
	'$select',
	'$filter',
	'$orderby',
	'$top',
	'$count',
	'$expand',
	'$skiptoken',
	'$deltatoken',
	'$format',
]);

/** Refuses query options Dataverse does not have. */
export function checkOptions(query: URLSearchParams): void {
	for (const name of query.keys()) {
		if (name === '$skip') throw queryError('Skip Clause is not supported in CRM', '0x80060888');
		if (/^(fetchXml|savedQuery|userQuery|sql)$/i.test(name)) {
			throw queryError(`The twin knows no ${name}.`, '0x80060888');
		}
		if (name === '$apply') throw queryError('The twin knows no $apply.', '0x80060888');
		if (name.startsWith('$') && !KNOWN_OPTIONS.has(name)) {
			throw queryError(`The query parameter ${name} is not supported`, '0x80060888');
		}
	}
}

/**
 * `GET <set>?…`. A page in key order costs its own length; with `$filter` on columns an index
 * knows, the matches; any other filter and `$orderby` look at all rows.
 */
export function readMany(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
	within?: { readonly path: string; readonly filter: Filter },
): ApiAnswer {
	checkOptions(call.query);
	const { query } = call;
	const shape = parseShape(database, table, query.get('$select'), query.get('$expand'), session);
	const filter = both(within?.filter, filterOf(database, table, call, session));
	const order = parseOrder(table, query.get('$orderby'));
	const token = query.get('$skiptoken');
	const cookie = token === null ? undefined : decodeCookie(token);
	const top = topOf(query, preferences);
	const pageSize = Math.min(preferences.maxPageSize ?? MAX_PAGE, top ?? MAX_PAGE);
	const { rows, more } = page(database, table, filter, order, cookie, pageSize);
	const withNext = more && top === undefined;
	return {
		status: 200,
		records: rows.length,
		body: {
			'@odata.context': contextOf(session.root, table, shape),
			...countOf(database, table, filter, query, preferences),
			...globals(database, preferences),
			value: rows.map((row) => renderRow(database, table, row, shape, preferences)),
			...(withNext && {
				'@odata.nextLink': nextLink(session, within?.path ?? table.set, call, {
					page: (cookie?.page ?? 1) + 1,
					tracking: false,
					first: positionOf(table, order, rows[0]!),
					last: positionOf(table, order, rows.at(-1)!),
				}),
			}),
		},
	};
}

/** `GET <set>/$count`: plain text, never more than 5,000. */
export function countMany(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
	within?: Filter,
): ApiAnswer {
	const filter = both(within, filterOf(database, table, call, session));
	const count = countMatches(database, table, filter);
	return {
		status: 200,
		headers: { 'Content-Type': 'text/plain' },
		body: String(Math.min(count, MAX_PAGE)),
	};
}

function both(within: Filter | undefined, filter: Filter | undefined): Filter | undefined {
	if (!within || !filter) return within ?? filter;
	return {
		test: (row) => within.test(row) && filter.test(row),
		...(within.candidates && { candidates: within.candidates }),
	};
}

export function filterOf(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
): Filter | undefined {
	const text = call.query.get('$filter');
	const asked = text?.toLowerCase() ?? '';
	if (database.refusedInFilters.some((one) => asked.includes(one)))
		throw queryError('The value in the filter is not valid for the column.', '0x80040203');
	const filter = text ? compileFilter(database, table, text, call.query, session) : undefined;
	const { sight } = database;
	if (sight.seesAll(table)) return filter;
	return {
		test: (row) => sight.sees(table, row.id) && (filter?.test(row) ?? true),
		...(filter?.candidates && { candidates: filter.candidates }),
	};
}

/** The link to the next page: the call's own options and the new place. */
export function nextLink(session: Session, path: string, call: ApiCall, cookie: Cookie): string {
	const options = call.rawQuery
		.split('&')
		.filter(
			(part) => part && !/^(\$|%24)skiptoken=/i.test(part) && !/^(\$|%24)deltatoken=/i.test(part),
		)
		.map((part) => part.replace(/^%24/, '$'));
	options.push(`$skiptoken=${encodeCookie(cookie)}`);
	return `${session.root}${path}?${options.join('&')}`;
}

/** Annotations of the whole answer. */
export function globals(database: Database, preferences: Preferences): object {
	const name = 'Microsoft.Dynamics.CRM.globalmetadataversion';
	return preferences.annotation(name) ? { [`@${name}`]: String(database.schema.version) } : {};
}

function topOf(query: URLSearchParams, preferences: Preferences): number | undefined {
	const text = query.get('$top');
	// With a page size $top is ignored.
	if (text === null || preferences.maxPageSize !== undefined) return undefined;
	if (!/^\d+$/.test(text)) {
		throw queryError(
			`Invalid value '${text}' for $top query option found. The $top query option requires a non-negative integer value.`,
		);
	}
	return Math.min(Number(text), MAX_PAGE);
}

function countOf(
	database: Database,
	table: Table,
	filter: Filter | undefined,
	query: URLSearchParams,
	preferences: Preferences,
): object {
	if (query.get('$count') !== 'true') return {};
	const count = countMatches(database, table, filter);
	const annotation = 'Microsoft.Dynamics.CRM.totalrecordcount';
	return {
		'@odata.count': Math.min(count, MAX_PAGE),
		...(preferences.annotation(annotation) && {
			[`@${annotation}`]: Math.min(count, MAX_PAGE),
			'@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': count > MAX_PAGE,
		}),
	};
}

function countMatches(database: Database, table: Table, filter: Filter | undefined): number {
	const store = database.store(table);
	if (!filter) return store.count;
	let count = 0;
	for (const id of filter.candidates?.() ?? store.idsAfter()) {
		const row = store.get(id);
		if (row && filter.test(row)) count++;
	}
	return count;
}

function page(
	database: Database,
	table: Table,
	filter: Filter | undefined,
	order: readonly Order[],
	cookie: Cookie | undefined,
	size: number,
): { rows: Row[]; more: boolean } {
	const store = database.store(table);
	const candidates = filter?.candidates?.();
	if (order.length === 0) {
		const last = cookie?.last.get(table.id) ?? undefined;
		const ids = candidates
			? [...candidates].sort().filter((id) => last === undefined || id > last)
			: store.idsAfter(last);
		const rows: Row[] = [];
		for (const id of ids) {
			const row = store.get(id);
			if (!row || (filter && !filter.test(row))) continue;
			if (rows.length === size) return { rows, more: true };
			rows.push(row);
		}
		return { rows, more: false };
	}
	const matches: Row[] = [];
	for (const id of candidates ?? store.idsAfter()) {
		const row = store.get(id);
		if (row && (!filter || filter.test(row))) matches.push(row);
	}
	const compare = comparatorOf(order);
	const sorted = matches.map((row) => ({ row, keys: keysOf(order, row) })).sort(compare);
	const from = cookie ? keysOfCookie(table, order, cookie) : undefined;
	const start = from ? sorted.findIndex((entry) => compare(entry, { keys: from }) > 0) : 0;
	if (start < 0) return { rows: [], more: false };
	const rows = sorted.slice(start, start + size).map((entry) => entry.row);
	return { rows, more: sorted.length > start + size };
}

function positionOf(table: Table, order: readonly Order[], row: Row): Map<string, string | null> {
	const position = new Map<string, string | null>();
	for (const { column } of order) {
		const key = keyOf(column, row);
		position.set(column.name, key === null ? null : String(key));
	}
	position.set(table.id, row.id);
	return position;
}
