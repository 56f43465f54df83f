import type { DynamicsTable } from '../items';
import { FILTER_COLUMN, type LaneDefinition } from './definition';

/** A table of Dynamics, and the custom object of Marketo that its rows become. */
export interface CustomTable {
	readonly table: DynamicsTable;
	/** API name. */
	readonly object: string;
}

const LANE = 'custom';
const OBJECT = 'customObject';
const ID = new RegExp(`^${LANE}\\.(\\w+)\\.(\\w+)$`);

/** There may be any number of such lanes: what one syncs is its name. */
export function customLaneId({ table, object }: CustomTable): string {
	return [LANE, table, object].join('.');
}

/** What a lane of that name syncs; null for every other lane. */
export function customTableOf(lane: string): CustomTable | null {
	const [, table, object] = ID.exec(lane) ?? [];
	return table && object ? { table, object } : null;
}

/** How the ledger calls a custom object: a table may have the same name. */
export function customObjectKey(object: string): string {
	return `${OBJECT}.${object}`;
}

/** API name of such an object; null for every other one. */
export function customObjectOf(key: string): string | null {
	return key.startsWith(`${OBJECT}.`) ? key.slice(OBJECT.length + 1) : null;
}

/**
 * Rows of any table as a custom object: one way, as in Adobe's sync. `key`: the field by which Marketo tells records
 * of the object apart, which gets the row's id. `names`: columns of which the first that holds something names a row.
 */
export function customTableLane(
	custom: CustomTable,
	key: string,
	names: readonly string[] = [],
): LaneDefinition {
	return {
		id: customLaneId(custom),
		object: customObjectKey(custom.object),
		tables: [
			{
				name: custom.table,
				label: custom.table,
				needed: [],
				names,
				filterColumn: FILTER_COLUMN,
				idField: key,
				native: { winner: 'dynamics', rule: 'Dynamics always wins' },
			},
		],
		twoWay: null,
		inFiles: true,
	};
}
