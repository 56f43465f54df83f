/** What kind of column it is: `AttributeTypeName` without its ending `Type`. */
export type ColumnType =
	| 'String'
	| 'Memo'
	| 'Integer'
	| 'BigInt'
	| 'Decimal'
	| 'Double'
	| 'Money'
	| 'Boolean'
	| 'DateTime'
	| 'Picklist'
	| 'MultiSelectPicklist'
	| 'State'
	| 'Status'
	| 'Lookup'
	| 'Customer'
	| 'Owner'
	| 'Uniqueidentifier';

/**
 * `UserLocal`: a moment in time. `DateOnly`: a day, the same everywhere. `TimeZoneIndependent`: what a
 * clock on the wall shows; the `Z` that the Web API puts behind it means nothing.
 */
export type DateBehavior = 'UserLocal' | 'DateOnly' | 'TimeZoneIndependent';

export interface Choice {
	value: number;
	label: string;
	/** Labels in other languages, where they differ. */
	also?: string[];
	/** Of a status: the state that it belongs to. */
	state?: number;
}

/** One way to set a lookup: through which navigation property, to a row of which table. */
export interface Binding {
	/** Case-sensitive; often not the name of the column. */
	navigation: string;
	table: string;
	/** Entity set of that table, for the URL. */
	set: string;
	/** Its columns for id and name; few tables have no name. */
	idColumn: string;
	nameColumn: string | null;
}

export interface DataverseColumn {
	/** Logical name. */
	name: string;
	label: string;
	type: ColumnType;
	/** `Email`, `Phone`, `Url`, … for text; `DateOnly` or `DateAndTime` for dates. */
	format?: string;
	maxLength?: number;
	min?: number;
	max?: number;
	precision?: number;
	dateBehavior?: DateBehavior;
	choices?: Choice[];
	/** Tables that a lookup may point to. Present on lookups only. */
	targets?: string[];
	bindings?: Binding[];
	required: 'None' | 'Recommended' | 'ApplicationRequired' | 'SystemRequired';
	canRead: boolean;
	canCreate: boolean;
	canUpdate: boolean;
	isCustom: boolean;
	isPrimaryId: boolean;
	isPrimaryName: boolean;
	/** Under column-level security: not everybody may read and write it. */
	isSecured?: true;
}

export interface AlternateKey {
	name: string;
	columns: string[];
	/** An index still being built cannot be used. */
	active: boolean;
}

export interface DataverseTable {
	/** Logical name, e.g. `lead`. */
	name: string;
	label: string;
	/** Entity set for URLs, e.g. `leads`. */
	set: string;
	idColumn: string;
	nameColumn: string;
	changeTracking: boolean;
	rowVersions: boolean;
	columns: DataverseColumn[];
	keys: AlternateKey[];
}

/** The name that a column has in `$select`, `$filter` and rows: lookups are read as `_name_value`. */
export function wireName(column: Pick<DataverseColumn, 'name' | 'targets'>): string {
	return column.targets ? `_${column.name}_value` : column.name;
}
