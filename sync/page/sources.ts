import type { DynamicsTable } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import type { DynamicsPort, DynamicsRow } from '../ports';

/** What Dynamics calls a table of a lane. */
export function sourceOf({ tables }: LaneDefinition, table: DynamicsTable): DynamicsTable {
	return tables.find(({ name }) => name === table)?.source ?? table;
}

/**
 * Dynamics in the lane's own words for tables: two lanes may read the same one, each under a name of its own. Its tables
 * are described together.
 */
export function inLaneTables(definition: LaneDefinition, whole: DynamicsPort): DynamicsPort {
	const of = (table: DynamicsTable) => sourceOf(definition, table);
	const sources = definition.tables.map(({ name }) => of(name));
	const port: DynamicsPort = {
		...whole,
		describe: async (table) => await whole.describe(table, sources),
	};
	if (definition.tables.every(({ source }) => source === undefined)) return port;
	const named = <Read extends { rows: DynamicsRow[] }>(table: DynamicsTable, read: Read): Read => ({
		...read,
		rows: read.rows.map((row) => ({ ...row, table })),
	});
	const { countRows, getReady } = port;
	return {
		...port,
		describe: async (table) => await port.describe(of(table)),
		...(getReady && { getReady: async (tables) => await getReady(tables.map(of)) }),
		closedColumns: async (table) => await port.closedColumns(of(table)),
		...(countRows && {
			countRows: async (tables) => {
				const counts = await countRows(tables.map(of));
				return new Map(
					tables.flatMap((table) => {
						const rows = counts.get(of(table));
						return rows === undefined ? [] : [[table, rows] as const];
					}),
				);
			},
		}),
		readChanges: async (table, ...rest) => named(table, await port.readChanges(of(table), ...rest)),
		readModifiedSince: async (table, ...rest) =>
			named(table, await port.readModifiedSince(of(table), ...rest)),
		readBySavedParent: async (table, ...rest) =>
			named(table, await port.readBySavedParent(of(table), ...rest)),
		readByIds: async (table, ...rest) =>
			named(table, { rows: await port.readByIds(of(table), ...rest) }).rows,
		readEach: async (table, ...rest) => named(table, await port.readEach(of(table), ...rest)),
	};
}
