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

/** One choice of a column. */
export interface Option {
	value: number;
	/** As the sync's user sees it. */
	label: string;
	/** In other languages, where they differ. */
	also?: string[];
}

/** What column-level security keeps the sync's user from; who may not read a column is not to write it, either. */
export type Closed = 'reading' | 'writing';

/** A column of a Dynamics table or a field of the Marketo person, as far as sync needs to know it. */
export interface Column {
	/** Logical name (Dynamics) or REST name (Marketo). */
	name: string;
	/** Display name, for messages to people. */
	label: string;
	type: ValueType;
	/** For text types, as the vendor counts: UTF-16 units, or bytes of UTF-8. */
	maxLength?: number;
	measure?: 'bytes';
	min?: number;
	max?: number;
	/** Digits after the point, for decimals. */
	precision?: number;
	/** A time that is no moment but what the clock on the wall shows. */
	wallClock?: true;
	options?: Option[];
	canCreate: boolean;
	canUpdate: boolean;
	/** Belongs to the row that a lookup points to: who edits it there does not touch this one (R58). */
	ofParent?: true;
	/** It reads as empty, or is not to be written (R47). */
	closedTo?: Closed;
	/** The vendor itself refuses null here (Dynamics: SystemRequired). */
	required: boolean;
	/** People have to fill it in where they make a row by hand (Dynamics: ApplicationRequired). */
	expected?: true;
	/** Marketo tells records of its object apart by this field, and by no other. */
	isKey?: true;
	/** Holds Marketo's own id of a record of this kind. */
	holdsId?: 'person' | 'company';
}

/** Whether a value is none: nothing, or a text of nothing but white space. */
export function isBlank(raw: Raw | undefined): raw is null | undefined | '' {
	return raw === null || raw === undefined || (typeof raw === 'string' && raw.trim() === '');
}
