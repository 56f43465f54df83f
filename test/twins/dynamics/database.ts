import { DataverseError } from './errors';
import type { RowEvent } from './events';
import { startingPrincipals, type Principal } from './principals';
import { Schema, type Table, type TableSpec } from './schema';
import { Sight } from './sight';
import { TableStore, Versions, type Changes, type Reference, type Row, type Stored } from './store';

/** Of an environment that is given no other. */
const ORGANIZATION_ID = '0a64a017-0000-4000-8000-000000000001';
/** Ids of the rows every environment has. */
export const BUSINESS_UNIT_ID = 'b0550000-0000-4000-8000-000000000001';
export const DEFAULT_TEAM_ID = '7ea70000-0000-4000-8000-000000000001';
export const SALES_TEAM_ID = '7ea70000-0000-4000-8000-000000000002';
export const US_DOLLAR_ID = 'c0550000-0000-4000-8000-000000000001';
export const EURO_ID = 'c0550000-0000-4000-8000-000000000002';

/** Whether a first read's delta link stands for its last page's moment or its first page's. */
export type DeltaBase = 'lastPage' | 'firstPage';

/** The environment: tables, rows, users. */
export class Database {
	readonly versions = new Versions();
	readonly principals = new Map<string, Principal>();
	readonly sight = new Sight();
	/** Texts, in lower case, for which a query is refused where its filter names them. */
	refusedInFilters: readonly string[] = [];
	private readonly stores = new Map<string, TableStore>();
	private undo: (() => void)[] | undefined;
	private events: RowEvent[] = [];
	/** Told what has happened, after its transaction. */
	onEvent: (event: RowEvent) => void = () => {};
	/** Delta tokens below this version have been made to expire. */
	expiredBelow = 0;
	deltaBase: DeltaBase = 'lastPage';

	constructor(
		readonly schema: Schema,
		readonly organizationId: string = ORGANIZATION_ID,
	) {
		for (const table of schema.tables)
			this.stores.set(table.name, new TableStore(table, this.versions));
		for (const principal of startingPrincipals()) this.principals.set(principal.key, principal);
	}

	store(table: Table): TableStore {
		return this.stores.get(table.name)!;
	}

	table(name: string): Table {
		const table = this.schema.table(name);
		if (!table) throw new Error(`no table ${name}`);
		return table;
	}

	row(reference: Reference): Row | undefined {
		return this.stores.get(reference.table)?.get(reference.id);
	}

	/** Adds a table or replaces its columns; rows stay. */
	putTable(spec: TableSpec): void {
		this.schema.put(spec);
		const table = this.schema.table(spec.name)!;
		const store = this.stores.get(spec.name);
		if (store) store.table = table;
		else this.stores.set(spec.name, new TableStore(table, this.versions));
	}

	/** Says in the metadata whether a column is under column-level security. */
	markSecured(tableName: string, columnName: string, secured: boolean): void {
		const { spec } = this.table(tableName);
		const columns = spec.columns.map((column) =>
			column.name === columnName ? { ...column, secured } : column,
		);
		this.putTable({ ...spec, columns });
	}

	/** The name shown for a lookup value. */
	readonly nameOf = (reference: Reference): string | undefined => {
		const table = this.schema.table(reference.table);
		const name = table && this.row(reference)?.values[table.spec.primaryName];
		return typeof name === 'string' ? name : undefined;
	};

	/** Runs something that takes effect as a whole or, when it throws, not at all. */
	transaction<T>(work: () => T): T {
		if (this.undo) return work();
		this.undo = [];
		this.events = [];
		try {
			const result = work();
			const committed = this.events;
			setImmediate(() => committed.forEach((event) => this.onEvent(event)));
			return result;
		} catch (error) {
			for (const step of this.undo.reverse()) step();
			throw error;
		} finally {
			this.undo = undefined;
			for (const store of this.stores.values()) store.compact();
		}
	}

	/** A transaction that sees what this principal may see. */
	transactionAs<T>(principal: string, work: () => T): T {
		const before = this.sight.viewer;
		this.sight.viewer = principal;
		try {
			return this.transaction(work);
		} finally {
			this.sight.viewer = before;
		}
	}

	/** Notes an event of the transaction; it is told when the transaction has ended well. */
	note(event: RowEvent): void {
		this.events.push(event);
	}

	insert(table: Table, id: string, values: Record<string, Stored>): Row {
		const store = this.store(table);
		if (store.get(id)) {
			throw new DataverseError(
				412,
				'0x80040237',
				'A record with matching key values already exists.',
			);
		}
		const row = store.insert(id, values);
		this.undo?.push(() => store.uninsert(row));
		return row;
	}

	update(table: Table, row: Row, changes: Changes): void {
		const back = this.store(table).update(row, changes);
		this.undo?.push(back);
	}

	remove(table: Table, row: Row): void {
		const back = this.store(table).remove(row);
		this.undo?.push(back);
	}

	/** Days after which a delta token is refused. */
	get expireDays(): number {
		const row = this.row({ table: 'organization', id: this.organizationId });
		return Number(row?.values.expirechangetrackingindays ?? 7);
	}
}

/** True for users that can own rows: enabled and with a role. */
export function canOwn(database: Database, userId: string): boolean {
	for (const principal of database.principals.values()) {
		if (principal.userId === userId) return principal.hasRole;
	}
	return false;
}
