import type { DynamicsTable, Side } from '../items';
import type { Raw } from '../values';

/** Of Adobe's sync: its schema name is exactly this one, on any table. */
export const FILTER_COLUMN = 'new_synctomkto';

/** A Dynamics table of a lane. */
export interface LaneTable {
	/** As the lane calls it; no other lane has a table of this name. */
	readonly name: DynamicsTable;
	/** What Dynamics calls it, where another lane has the same rows. */
	readonly source?: DynamicsTable;
	/** What people call a row of it (for people: *Microsoft Type*). */
	readonly label: string;
	/** Columns that sync itself needs, mapped or not. */
	readonly needed: readonly string[];
	/** Columns of which the first that holds something names a row for people. */
	readonly names: readonly string[];
	/** A yes/no column in which an explicit No leaves a row out, where the table has it (native-sync O1). */
	readonly filterColumn?: string;
	/** Marketo's field for the row's id; by it a record is found before anything else. */
	readonly idField: string;
	/** A row in this state has become the row of another table that it names: a lead that was qualified. */
	readonly becomes?: {
		readonly state: number;
		readonly column: string;
		readonly table: DynamicsTable;
	};
	/** The state of a row that was deactivated; of a lead: disqualified. */
	readonly deactivated?: number;
	/** Nothing is written to a row that is closed: its edits go out, and what others have edited waits until it is open again. */
	readonly keepsClosed?: boolean;
	/** Who wins where the mapping says "as in Adobe's sync". */
	readonly native: { readonly winner: Side; readonly rule: string };
	/** Of what goes one way and is told apart by more than its row's id: what the row stands for. */
	readonly standsFor?: (row: NeededOf) => StandsFor | null;
}

/** A row with the columns that its table needs, all of which are known. */
export interface NeededOf {
	readonly id: string;
	readonly values: Readonly<Record<string, Raw>>;
}

/** The record of Marketo for which a row stands, as long as it says so. */
export interface StandsFor {
	/** What it is told apart by besides its parents: values by field. */
	readonly key: Readonly<Record<string, Raw>>;
	/** Records without which there is none (R39). */
	readonly parents: readonly RequiredParent[];
}

/** A row that another lane writes, and the field in which its record is named. */
export interface RequiredParent {
	readonly field: string;
	readonly lane: string;
	readonly dynamicsId: string;
	/** What the field holds: the id of the row, which is the parent's key, or Marketo's own id of the record. */
	readonly by: 'row' | 'record';
}

/**
 * What differs between lanes, and all that differs. A lane with `twoWay` reads both sides, compares and has
 * contests; one without sends what changed in Dynamics, by its own key, and reads nothing of Marketo.
 */
export interface LaneDefinition {
	readonly id: string;
	/** What Marketo has of it: `person`, say. */
	readonly object: string;
	/** In the order in which they are read; where two rows belong to one record, the earlier table's is its partner (R27). */
	readonly tables: readonly LaneTable[];
	readonly twoWay: TwoWay | null;
	/** Many new records may go to Marketo in files (R56). */
	readonly inFiles?: boolean;
}

/** What only a lane needs whose changes come from both sides. */
export interface TwoWay {
	/** By what a record is found that carries no id yet (R26). */
	readonly email: { readonly column: string; readonly field: string };
	/** What says of a row that it is no partner for anybody (R49): its state (0: active), and into which row it was merged. */
	readonly standing: { readonly state: string; readonly master: string };
	/** Fields that sync keeps on the record, beside the ids. */
	readonly marks: {
		readonly type: string;
		readonly createdDate: string;
		readonly isDeleted: string;
		readonly lastSync: string;
		/** Whether its row is left out by the filter (R54); only needed where people are to be flagged so. */
		readonly leftOut?: string;
	};
}

/** What a lane has to be two-way for. @throws where it is not */
export function twoWayOf({ id, twoWay }: LaneDefinition): TwoWay {
	if (!twoWay) throw new Error(`The sync "${id}" goes one way`);
	return twoWay;
}
