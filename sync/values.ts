/** The kinds of value that sync tells apart; each has one normal form (see `normalForm`). */
export type ValueType =
	| 'text'
	| 'longText'
	| 'email'
	| 'phone'
	| 'url'
	| 'integer'
	| 'decimal'
	| 'boolean'
	| 'date'
	| 'dateTime'
	| 'choice'
	| 'multiChoice'
	| 'lookup'
	| 'id';

/** A value as it stands on a wire: what JSON can hold in one column or field. */
export type Raw = string | number | boolean | null;

/** A column of a Dynamics table or a field of the Marketo person, as far as sync needs to know it. */
export interface Column {
	/** Logical name (Dynamics) or REST name (Marketo). */
	name: string;
	/** Display name, for messages to people. */
	label: string;
	type: ValueType;
	/** Characters, for text types. */
	maxLength?: number;
	min?: number;
	max?: number;
	/** Digits after the point, for decimals. */
	precision?: number;
	options?: Array<{ value: number; label: string }>;
	canCreate: boolean;
	canUpdate: boolean;
	/** The vendor itself refuses null here (Dynamics: SystemRequired). */
	required: boolean;
}
