import type { RecordItem } from '../items';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import { subjectOf } from '../ledger/subject';

/** The row of another table that a row has become, as a subject: a lead that was qualified names its contact. */
export function qualifiedAs(
	definition: LaneDefinition,
	row: Pick<RecordItem, 'table' | 'values'>,
): string | null {
	const becomes = definition.tables.find(({ name }) => name === row.table)?.becomes;
	if (!becomes || Number(row.values[twoWayOf(definition).standing.state]) !== becomes.state)
		return null;
	const id = row.values[becomes.column];
	return id ? subjectOf(becomes.table, String(id).toLowerCase()) : null;
}
