import { decodeCookie, type Cookie } from './cookie';
import type { Database } from './database';
import { DataverseError, queryError } from './errors';
import { denied, privilegeName } from './privileges';
import { nextLink, MAX_PAGE } from './readMany';
import { contextOf, renderRow } from './render';
import type { Table } from './schema';
import { parseShape, type Shape } from './select';
import type { ApiAnswer, ApiCall, Preferences, Session } from './session';
import { parseInstant, usDate } from './values';

const REFUSED = ['$filter', '$orderby', '$expand', '$top'];

/** True when a call is a read with change tracking: first read, delta, or a later page of either. */
export function isTracked(call: ApiCall, preferences: Preferences): boolean {
	if (preferences.trackChanges || call.query.has('$deltatoken')) return true;
	return (call.query.get('$skiptoken') ?? '').includes('istracking="True"');
}

/**
 * A page of a read with change tracking. The first read goes through all rows in key order; a
 * delta costs what was changed since its token. The link for the next delta is on the last page
 * and is left out when annotations are asked for, as Dataverse does.
 */
export function readChanges(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
): ApiAnswer {
	for (const option of REFUSED) {
		if (call.query.has(option)) {
			throw queryError(
				`The "${option}" query parameter isn't supported when Change Tracking is enabled.`,
				'',
			);
		}
	}
	if (!table.spec.changeTracking) {
		throw new DataverseError(
			400,
			'0x80072491',
			`Entity ${table.name} isn't enabled for change tracking.`,
		);
	}
	demandWholeTable(database, table, session);
	const shape = parseShape(database, table, call.query.get('$select'), null);
	const token = call.query.get('$skiptoken');
	const cookie = token === null ? undefined : decodeCookie(token);
	const delta = call.query.get('$deltatoken');
	if (delta !== null || cookie?.last.has('since')) {
		const since = delta !== null ? versionOf(database, delta, session.now) : undefined;
		return deltaPage(database, table, call, session, preferences, shape, cookie, since);
	}
	return firstPage(database, table, call, session, preferences, shape, cookie);
}

/** Changes are for those who may read all rows of the table, wherever they belong. */
function demandWholeTable(database: Database, table: Table, session: Session): void {
	const { sight } = database;
	if (sight.seesAll(table) || sight.partialReaders === 'filtered') return;
	throw denied(
		session,
		privilegeName('Read', table),
		`OTC=${table.spec.typeCode} for entity '${table.name}'`,
	);
}

/** `GET <set>/$count?$deltatoken=…`. */
export function countChanges(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
): ApiAnswer {
	const since = versionOf(database, call.query.get('$deltatoken') ?? '', session.now);
	const store = database.store(table);
	const count = [...store.changedSince(since)].length + store.deletedSince(since).length;
	return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: String(count) };
}

function firstPage(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
	shape: Shape,
	cookie: Cookie | undefined,
): ApiAnswer {
	const store = database.store(table);
	const size = preferences.maxPageSize ?? MAX_PAGE;
	// Both are carried along: which of them the delta link stands for is a setting.
	const begun = cookie?.last.get('begun') ?? String(database.versions.current);
	const rows = [];
	let more = false;
	for (const id of store.idsAfter(cookie?.last.get(table.id) ?? undefined)) {
		if (!database.sight.sees(table, id)) continue;
		if (rows.length === size) {
			more = true;
			break;
		}
		rows.push(store.get(id)!);
	}
	const next: Cookie = {
		page: (cookie?.page ?? 1) + 1,
		tracking: true,
		last: new Map([
			['begun', begun],
			[table.id, rows.at(-1)?.id ?? ''],
		]),
	};
	const version = database.deltaBase === 'firstPage' ? Number(begun) : database.versions.current;
	return {
		status: 200,
		records: rows.length,
		body: {
			'@odata.context': contextOf(session.root, table, shape),
			...(!more && deltaLink(table, call, session, preferences, version)),
			value: rows.map((row) => renderRow(database, table, row, shape, preferences)),
			...(more && { '@odata.nextLink': nextLink(session, table.set, call, next) }),
		},
	};
}

function deltaPage(
	database: Database,
	table: Table,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
	shape: Shape,
	cookie: Cookie | undefined,
	token: number | undefined,
): ApiAnswer {
	const store = database.store(table);
	const size = preferences.maxPageSize ?? MAX_PAGE;
	const since = token ?? Number(cookie?.last.get('since'));
	let written = Number(cookie?.last.get('written') ?? since);
	let deleted = Number(cookie?.last.get('deleted') ?? since);
	const value: object[] = [];
	let more = false;
	for (const row of store.changedSince(written)) {
		if (!database.sight.sees(table, row.id)) continue;
		if (value.length === size) {
			more = true;
			break;
		}
		value.push(renderRow(database, table, row, shape, preferences));
		written = row.version;
	}
	if (!more) {
		for (const deletion of store.deletedSince(deleted)) {
			if (value.length === size) {
				more = true;
				break;
			}
			value.push({
				'@odata.context': `${session.root}$metadata#${table.set}/$deletedEntity`,
				id: deletion.id,
				reason: 'deleted',
			});
			deleted = deletion.version;
		}
	}
	const next: Cookie = {
		page: (cookie?.page ?? 1) + 1,
		tracking: true,
		last: new Map([
			['since', String(since)],
			['written', String(written)],
			['deleted', String(deleted)],
		]),
	};
	return {
		status: 200,
		records: value.length,
		body: {
			'@odata.context': `${contextOf(session.root, table, shape)}/$delta`,
			...(!more && deltaLink(table, call, session, preferences, database.versions.current)),
			value,
			...(more && { '@odata.nextLink': nextLink(session, table.set, call, next) }),
		},
	};
}

function deltaLink(
	table: Table,
	call: ApiCall,
	session: Session,
	preferences: Preferences,
	version: number,
): object {
	if (preferences.annotated) return {};
	const time = usDate(new Date(session.now).toISOString());
	const token = encodeURIComponent(`${version}!${time}`)
		.replace(/!/g, '%21')
		.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
	const select = call.query.get('$select');
	const options = [
		...(select ? [`$select=${encodeURIComponent(select).replace(/%2C/gi, ',')}`] : []),
	];
	options.push(`$deltatoken=${token}`);
	return { '@odata.deltaLink': `${session.root}${table.set}?${options.join('&')}` };
}

/** The version a delta token stands for. @throws DataverseError 0x80044352 when it is too old. */
function versionOf(database: Database, token: string, now: number): number {
	const found = /^(\d+)!(\d{2})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}:\d{2})$/.exec(token);
	if (!found) {
		throw queryError(
			'The delta token is invalid: it must be one the service has given out.',
			'0x80040203',
		);
	}
	const [, version, month, day, year, clock] = found;
	const given = parseInstant(`${year}-${month}-${day}T${clock}Z`) ?? 0;
	const tooOld = now - given > database.expireDays * 86_400_000;
	if (tooOld || Number(version) < database.expiredBelow) {
		throw new DataverseError(
			400,
			'0x80044352',
			'Version stamp associated with the client has expired. Please perform a full sync.',
		);
	}
	return Number(version);
}
