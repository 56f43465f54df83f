import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** AttributeTypeName without its ending "Type". */
export type ColumnType =
	| 'BigInt'
	| 'Boolean'
	| 'Customer'
	| 'DateTime'
	| 'Decimal'
	| 'Double'
	| 'EntityName'
	| 'Image'
	| 'Integer'
	| 'Lookup'
	| 'Memo'
	| 'Money'
	| 'MultiSelectPicklist'
	| 'Owner'
	| 'Picklist'
	| 'State'
	| 'Status'
	| 'String'
	| 'Uniqueidentifier'
	| 'Virtual';

/** Value, label, and for states the default status, for statuses the state. */
export type Option = readonly [value: number, label: string, link?: number];

/** A column: what Microsoft's metadata says of it, in short. */
export interface Column {
	readonly name: string;
	readonly schema: string;
	readonly type: ColumnType;
	readonly label?: string;
	/** `C`, `R`, `U` where valid for create, read, update, else `-`. */
	readonly flags: string;
	readonly required?: 'Recommended' | 'ApplicationRequired' | 'SystemRequired';
	/** AttributeOf: the column this one only helps to show. */
	readonly of?: string;
	readonly max?: number;
	readonly format?: string;
	readonly min?: number;
	readonly maxValue?: number;
	readonly precision?: number;
	readonly precisionSource?: number;
	/** Money in base currency: the column it is computed from. */
	readonly baseOf?: string;
	readonly behavior?: 'UserLocal' | 'DateOnly' | 'TimeZoneIndependent';
	readonly targets?: readonly string[];
	readonly options?: readonly Option[];
	readonly default?: number;
	/** Name of the global option set. */
	readonly global?: string;
	readonly custom?: boolean;
	readonly logical?: boolean;
	/** False: not in the Web API at all. */
	readonly odata?: boolean;
	readonly yomiOf?: string;
	/** Under column-level security. */
	readonly secured?: boolean;
}

/** A single-valued navigation property. */
export interface Lookup {
	readonly column: string;
	/** Name on the wire, case-sensitive. */
	readonly navigation: string;
	/** Logical name of the table it leads to; `owner` stands for users and teams. */
	readonly table: string;
	readonly tableId: string;
	readonly relationship: string;
}

export interface AlternateKey {
	readonly name: string;
	readonly schema: string;
	readonly columns: readonly string[];
	readonly status: 'Active' | 'Pending' | 'InProgress' | 'Failed';
}

/** The parts of a table as files and `--dynamics-tables` give them. */
export interface TableSpec {
	readonly name: string;
	readonly schema: string;
	readonly set: string;
	readonly label: string;
	readonly labels: string;
	readonly typeCode: number;
	readonly id: string;
	readonly primaryName: string;
	readonly ownership: string;
	readonly changeTracking: boolean;
	readonly optimisticConcurrency: boolean;
	readonly custom: boolean;
	readonly keys: readonly AlternateKey[];
	readonly lookups: readonly Lookup[];
	readonly columns: readonly Column[];
}

const LOOKUP_TYPES = new Set<ColumnType>(['Lookup', 'Customer', 'Owner']);

export function isLookup(column: Column): boolean {
	return LOOKUP_TYPES.has(column.type);
}

/** Name of the property that shows a column's value. */
export function propertyOf(column: Column): string {
	return isLookup(column) ? `_${column.name}_value` : column.name;
}

/** A table with the look-ups a request needs. */
export class Table {
	readonly byName: ReadonlyMap<string, Column>;
	/** Columns by the name of the property that shows them. */
	readonly byProperty: ReadonlyMap<string, Column>;
	readonly navigations: ReadonlyMap<string, Lookup>;
	/** What a plain read shows, in order. */
	readonly readable: readonly Column[];
	/** Columns in base currency. */
	readonly baseAmounts: readonly Column[];
	/** What columns have when nothing else is said at creation. */
	readonly defaults: Readonly<Record<string, number | boolean>>;

	constructor(readonly spec: TableSpec) {
		this.byName = new Map(spec.columns.map((column) => [column.name, column]));
		this.readable = spec.columns.filter(
			(column) =>
				column.flags[1] === 'R' &&
				column.odata !== false &&
				column.type !== 'Virtual' &&
				column.type !== 'EntityName',
		);
		this.baseAmounts = spec.columns.filter((column) => column.baseOf !== undefined);
		this.defaults = Object.fromEntries(
			spec.columns
				.filter((column) => column.default !== undefined)
				.map((column) => [
					column.name,
					column.type === 'Boolean' ? column.default === 1 : column.default!,
				]),
		);
		this.byProperty = new Map(this.readable.map((column) => [propertyOf(column), column]));
		this.navigations = new Map(spec.lookups.map((lookup) => [lookup.navigation, lookup]));
	}

	get name(): string {
		return this.spec.name;
	}

	get set(): string {
		return this.spec.set;
	}

	get id(): string {
		return this.spec.id;
	}

	column(name: string): Column | undefined {
		return this.byName.get(name);
	}

	lookupsOf(column: string): readonly Lookup[] {
		return this.spec.lookups.filter((lookup) => lookup.column === column);
	}

	/** Navigation property of a lookup value that leads to this table. */
	navigationTo(column: string, table: string): string | undefined {
		const all = this.lookupsOf(column);
		return (all.find((lookup) => lookup.table === table) ?? all[0])?.navigation;
	}
}

/** All tables. */
export class Schema {
	private readonly byName = new Map<string, Table>();
	private readonly bySet = new Map<string, Table>();
	/** Grows with every change: the globalmetadataversion annotation. */
	version = 7_340_000;

	constructor(specs: readonly TableSpec[]) {
		for (const spec of specs) this.put(spec);
	}

	/** Adds a table or replaces it. */
	put(spec: TableSpec): void {
		const table = new Table(spec);
		this.byName.set(table.name, table);
		this.bySet.set(table.set, table);
		this.version++;
	}

	table(name: string): Table | undefined {
		return this.byName.get(name);
	}

	ofSet(set: string): Table | undefined {
		return this.bySet.get(set);
	}

	get tables(): readonly Table[] {
		return [...this.byName.values()];
	}
}

const SHIPPED = [
	'account',
	'asyncoperation',
	'businessunit',
	'campaign',
	'campaignitem',
	'connection',
	'connectionrole',
	'connectionroleassociation',
	'connectionroleobjecttypecode',
	'contact',
	'lead',
	'list',
	'listmember',
	'opportunity',
	'opportunityclose',
	'organization',
	'sdkmessage',
	'sdkmessagefilter',
	'sdkmessageprocessingstep',
	'sdkmessageprocessingstepimage',
	'serviceendpoint',
	'systemuser',
	'task',
	'team',
	'transactioncurrency',
] as const;

/** The tables that come with the twin, from `tables/*.json`. */
export function shippedTables(): TableSpec[] {
	return SHIPPED.map((name) => {
		const text = readFileSync(join(__dirname, 'tables', `${name}.json`), 'utf8');
		const raw = JSON.parse(text) as Omit<TableSpec, 'lookups'> & { lookups: string[][] };
		const lookups = raw.lookups.map(([column, navigation, table, tableId, relationship]) => ({
			column: column!,
			navigation: navigation!,
			table: table!,
			tableId: tableId!,
			relationship: relationship!,
		}));
		return { ...raw, lookups };
	});
}
