import { BUSINESS_UNIT_ID, US_DOLLAR_ID, type Database } from './database';
import type { Table } from './schema';
import type { Reference, Stored } from './store';
import { roundTo } from './values';

type Values = Readonly<Record<string, Stored | null | undefined>>;

/** Columns the server works out from others, after a write: what they must become. */
export function computedColumns(
	database: Database,
	table: Table,
	values: Values,
): Record<string, Stored | null> {
	return {
		...fullNames(table, values),
		...addresses(table, values),
		...money(database, table, values),
		...owners(table, values),
		...parents(table, values),
	};
}

function fullNames(table: Table, values: Values): Record<string, Stored | null> {
	if (!table.column('fullname') || !table.column('lastname')) return {};
	const full = [values.firstname, values.lastname].filter(Boolean).join(' ');
	return {
		fullname: full || null,
		...(table.column('yomifullname') && { yomifullname: full || null }),
	};
}

function addresses(table: Table, values: Values): Record<string, Stored | null> {
	const made: Record<string, Stored | null> = {};
	for (const prefix of ['address1', 'address2', 'address3']) {
		const name = `${prefix}_composite`;
		if (!table.column(name)) continue;
		const of = (part: string) => values[`${prefix}_${part}`] as string | null | undefined;
		const region = [of('stateorprovince'), of('postalcode')].filter(Boolean).join(' ');
		const place = [of('city'), region].filter(Boolean).join(', ');
		const lines = [of('line1'), of('line2'), of('line3'), place, of('country')].filter(Boolean);
		made[name] = lines.length > 0 ? lines.join('\r\n') : null;
	}
	return made;
}

/** Base amounts; a row with money has a currency. */
function money(database: Database, table: Table, values: Values): Record<string, Stored | null> {
	const columns = table.baseAmounts;
	if (columns.length === 0) return {};
	const used = columns.some((column) => typeof values[column.baseOf!] === 'number');
	let currency = values.transactioncurrencyid as Reference | null | undefined;
	if (!currency && used) currency = { id: US_DOLLAR_ID, table: 'transactioncurrency' };
	const rate = Number((currency && database.row(currency)?.values.exchangerate) ?? 1);
	const made: Record<string, Stored | null> = {};
	if (currency) {
		made.transactioncurrencyid = currency;
		if (table.column('exchangerate')) made.exchangerate = rate;
	}
	for (const column of columns) {
		const amount = values[column.baseOf!];
		made[column.name] =
			typeof amount === 'number' ? roundTo(amount / rate, column.precision ?? 4) : null;
	}
	return made;
}

function owners(table: Table, values: Values): Record<string, Stored | null> {
	const owner = values.ownerid as Reference | null | undefined;
	if (!owner || !table.column('owninguser')) return {};
	return {
		owninguser: owner.table === 'systemuser' ? owner : null,
		owningteam: owner.table === 'team' ? owner : null,
		owningbusinessunit: { id: BUSINESS_UNIT_ID, table: 'businessunit' },
	};
}

/** A contact's account and contact parent, and a lead's, stand in columns of their own as well. */
function parents(table: Table, values: Values): Record<string, Stored | null> {
	const source = { contact: 'parentcustomerid', lead: 'customerid' }[table.name];
	if (!source || !table.column('accountid')) return {};
	const parent = values[source] as Reference | null | undefined;
	return {
		accountid: parent?.table === 'account' ? parent : null,
		...(table.column('parentcontactid')?.flags === '-R-' && {
			parentcontactid: parent?.table === 'contact' ? parent : null,
		}),
		...(table.column('contactid')?.type === 'Lookup' && {
			contactid: parent?.table === 'contact' ? parent : null,
		}),
	};
}
