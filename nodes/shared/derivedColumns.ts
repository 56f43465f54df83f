import type { DataverseTable } from '../../apis/dataverse/metadata/table';
import { isBlank, type Column, type Raw, type ValueType } from '../../sync/values';
import { syncColumn } from './dynamicsColumn';

/** A column that sync makes of others of its row, or of the rows these point to: `statecode.won`. It is only read. */
interface DerivedColumn {
	table: string;
	name: string;
	label: string;
	/** Its type, or the column whose type it has. */
	type: ValueType | { like: string };
	/** Columns of the table, and lookups seen through a row (`customerid.account`). */
	from: readonly string[];
	/** Undefined where nobody knows. */
	value(of: (name: string) => Raw | undefined): Raw | undefined;
}

type Values = Parameters<DerivedColumn['value']>[0];

/** States of an opportunity. */
const OPEN = 0;
const WON = 1;

/** The estimate while it is open, what came of it afterwards; the estimate where nobody has said. */
const onceClosed =
	(estimated: string, actual: string) =>
	(of: Values): Raw | undefined => {
		const after = of(actual);
		return of('statecode') === OPEN || isBlank(after) ? of(estimated) : after;
	};

/** The first that holds something; undefined where one before it is not known. */
const firstOf =
	(...names: string[]) =>
	(of: Values): Raw | undefined => {
		for (const name of names) {
			const value = of(name);
			if (value === undefined || !isBlank(value)) return value;
		}
		return null;
	};

const opportunity = (
	name: string,
	label: string,
	type: DerivedColumn['type'],
	from: readonly string[],
	value: DerivedColumn['value'],
): DerivedColumn => ({ table: 'opportunity', name, label, type, from, value });

const current = (estimated: string, actual: string, label: string): DerivedColumn =>
	opportunity(
		`${estimated}.current`,
		label,
		{ like: estimated },
		['statecode', estimated, actual],
		onceClosed(estimated, actual),
	);

const COMPANY = ['customerid.account', 'parentaccountid', 'parentcontactid.account'] as const;

const DERIVED: readonly DerivedColumn[] = [
	current('estimatedvalue', 'actualvalue', 'Est. Revenue, Actual Once Closed'),
	current(
		'estimatedvalue_base',
		'actualvalue_base',
		'Est. Revenue, Actual Once Closed (Base Currency)',
	),
	current('estimatedclosedate', 'actualclosedate', 'Est. Close Date, Actual Once Closed'),
	opportunity(
		'statecode.closed',
		'Status: Closed',
		'boolean',
		['statecode'],
		(of) => of('statecode') !== OPEN,
	),
	opportunity(
		'statecode.won',
		'Status: Won',
		'boolean',
		['statecode'],
		(of) => of('statecode') === WON,
	),
	// I2, I3 of Adobe's sync: the account that is the potential customer, or the one of the contact who is.
	opportunity(
		'customerid.account',
		'Potential Customer: Account, or That of the Contact',
		'id',
		COMPANY,
		firstOf(...COMPANY),
	),
	opportunity(
		'customerid.contact',
		'Potential Customer: Contact',
		'id',
		['customerid.contact'],
		(of) => of('customerid.contact'),
	),
	opportunity(
		'customerid.contact.primary',
		'Has a Contact of Its Own: Potential Customer or Contact',
		'boolean',
		['customerid.contact', 'parentcontactid'],
		(of) => {
			const contact = firstOf('customerid.contact', 'parentcontactid')(of);
			return contact === undefined ? undefined : !isBlank(contact);
		},
	),
];

/** Asked for each value of each row. */
const ofTables = new WeakMap<DataverseTable, DerivedColumn[]>();

function derivedIn(table: DataverseTable): DerivedColumn[] {
	const known = ofTables.get(table);
	if (known) return known;
	const isThere = (name: string) =>
		table.columns.some((column) => column.name === name.split('.')[0]);
	const derived = DERIVED.filter((one) => one.table === table.name && one.from.every(isThere));
	ofTables.set(table, derived);
	return derived;
}

/** Those of a table, as sync knows columns. */
export function derivedColumns(table: DataverseTable): Column[] {
	return derivedIn(table).map(({ name, label, type }): Column => {
		const own = { name, label, canCreate: false, canUpdate: false, required: false };
		if (typeof type === 'string') return { ...own, type };
		return { ...syncColumn(table.columns.find((column) => column.name === type.like)!), ...own };
	});
}

/** What a column is made of; the column itself where sync does not make it. */
export function madeOf(table: DataverseTable, name: string): readonly string[] {
	return derivedIn(table).find((one) => one.name === name)?.from ?? [name];
}

/** The value of a column that sync makes; `of` gives those it is made of. */
export function derivedValue(
	table: DataverseTable,
	name: string,
	of: (name: string) => Raw | undefined,
): Raw | undefined {
	const derived = derivedIn(table).find((one) => one.name === name);
	return derived ? derived.value(of) : of(name);
}
