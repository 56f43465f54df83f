import type { PeopleTable } from './items';
import type { Raw } from './values';

export type Direction = 'both' | 'toMarketo' | 'toDynamics';
export type Winner = 'native' | 'marketo' | 'dynamics' | 'newest' | 'ask';
export type EmptyRule = 'copy' | 'neverOverwrite' | 'onlyFill';

/** How a value is changed on its way. All optional; an empty object copies. */
export interface Transform {
	trim?: boolean;
	letterCase?: 'lower' | 'upper' | 'title';
	/** Choice <-> text: by label (default) or by value. */
	choiceBy?: 'label' | 'value';
	/** Yes becomes no and the other way round. */
	invert?: boolean;
	/** Cut to this many characters. Cannot go back: refused on a row that goes both ways (R19). */
	truncate?: number;
	/** Written instead of the source's value. Cannot go back. */
	constant?: Raw;
	/** Written where the source is empty. Cannot go back. */
	defaultWhenEmpty?: Raw;
}

/** One row of the field mapping, with its special rule folded in. */
export interface MappingRow {
	/** `column>field`, unique in its table. */
	id: string;
	column: string;
	field: string;
	direction: Direction;
	/** Absent: the table's default. */
	winner?: Winner;
	empty?: EmptyRule;
	onlyOnCreate?: boolean;
	transform?: Transform;
}

export interface TableMapping {
	rows: MappingRow[];
	ifBothChanged: Winner;
	emptyValues: EmptyRule;
}

/** The mapping of a lane, by table: they are mapped together. */
export type LaneMapping = Readonly<Record<string, TableMapping>>;
/** Leads, contacts and people are one lane. */
export type PeopleMapping = Record<PeopleTable, TableMapping>;
