import type { DynamicsTable, Side } from '../items';

/** A Dynamics table of a lane. */
export interface LaneTable {
	readonly name: DynamicsTable;
	/** What people call a row of it (for people: *Microsoft Type*). */
	readonly label: string;
	/** Columns that sync itself needs, mapped or not. */
	readonly needed: readonly string[];
	/** Columns of which the first that holds something names a row for people. */
	readonly names: readonly string[];
	/** Marketo's field for the row's id; by it a record is found before anything else. */
	readonly idField: string;
	/** Who wins where the mapping says "as in Adobe's sync". */
	readonly native: { readonly winner: Side; readonly rule: string };
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
	};
}

/** What a lane has to be two-way for. @throws where it is not */
export function twoWayOf({ id, twoWay }: LaneDefinition): TwoWay {
	if (!twoWay) throw new Error(`The sync "${id}" goes one way`);
	return twoWay;
}
