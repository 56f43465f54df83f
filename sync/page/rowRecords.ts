import type { DynamicsTable, PageStart, RecordItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import type { DynamicsRow } from '../ports';
import { isBlank } from '../values';

/** A row as an item of the page. */
export function recordOf(
	{ tables }: LaneDefinition,
	start: PageStart,
	row: DynamicsRow,
	because: RecordItem['because'],
): RecordItem {
	const names = tables.find(({ name }) => name === row.table)?.names ?? [];
	const named = names.map((name) => row.values[name]).find((value) => !isBlank(value));
	return {
		kind: 'record',
		page: start.page,
		table: row.table,
		id: row.id,
		label: String(named ?? row.id),
		changedAt: row.modifiedOn,
		...(isBefore(row.modifiedOn, start.fillSince) && { isOld: true }),
		version: row.version,
		changedBy: row.modifiedBy ?? undefined,
		values: row.values,
		because,
	};
}

function isBefore(at: string | null, since: string | undefined): boolean {
	return at !== null && since !== undefined && Date.parse(at) < Date.parse(since);
}

/** A row that is deleted. */
export function goneRecord(
	start: PageStart,
	table: DynamicsTable,
	id: string,
	because: RecordItem['because'],
): RecordItem {
	return {
		kind: 'record',
		page: start.page,
		table,
		id,
		label: id,
		changedAt: null,
		deleted: true,
		values: {},
		because,
	};
}
