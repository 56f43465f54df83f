import type { Conditions } from './condition';
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
	/** IANA name: in which days are meant where one side has a day and the other a moment. */
	zone?: string;
	/** No in Marketo, which has no unset yes/no, leaves it unset in Dynamics. */
	noIsUnset?: boolean;
	/** Yes becomes no and the other way round. */
	invert?: boolean;
	/** Cut to this many characters. Cannot go back, so that a row that goes both ways is skipped (R19). */
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
	/** What its special rules say differently, by the names on screen: nobody can tell which is meant, so that the row is skipped. */
	contradictions?: string[];
}

/** It goes, too, or a yes/no field of it says that its row is gone. */
export type WhenDeleted = { do: 'delete' } | { do: 'mark'; field: string };

/** Of leads and contacts: what becomes of the person when the row is deleted in Dynamics. Native: flagged (native-sync L). */
export type WhenRowDeleted = 'ignore' | 'unlink' | 'delete';
/** What becomes of the row when its person is deleted in Marketo. Native: nothing. */
export type WhenPersonDeleted = 'unlink' | 'deactivate' | 'delete';

export interface TableMapping {
	rows: MappingRow[];
	ifBothChanged: Winner;
	emptyValues: EmptyRule;
	/** Of what goes one way: what becomes of the record in Marketo when the row is deleted. Absent: it stays. */
	whenDeleted?: WhenDeleted;
	/** Of what goes both ways; absent: as in Adobe's sync. */
	whenRowDeleted?: WhenRowDeleted;
	whenPersonDeleted?: WhenPersonDeleted;
	/** Of what goes both ways: who has no row, and meets these, gets one without being asked (R59). Absent: nobody. */
	createdFrom?: Conditions;
	/** Of what goes one way: edits in Marketo are looked for, not only overwritten by the next write (R55). */
	findEdits?: true;
	/** Columns that a special rule names and no row: the rule does nothing. */
	strayRules?: string[];
}

/** The mapping of a lane, by table: they are mapped together. */
export type LaneMapping = Readonly<Record<string, TableMapping>>;
/** Leads, contacts and people are one lane. */
export type PeopleMapping = Record<PeopleTable, TableMapping>;
