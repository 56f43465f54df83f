import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { mappedLane, tableOf, type MappedLane, type SkippedRow } from '../../../sync/page/tables';
import { chosenLane, definitionOf } from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import { laneMappingOf } from '../../shared/mappingParameters';
import { TABLES } from '../tables';

/**
 * The rows that are skipped in the mapping as it stands in the editor, each with both names, why, and what to do; costs
 * no call. A notice cannot name them: n8n's have one text each.
 */
export async function searchSkippedRows(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(this);
	const parameters = (this.getCurrentNodeParameters() ?? {}) as IDataObject;
	const mapping = laneMappingOf(parameters as never);
	const lane = chosenLane(this.getNode(), parameters);
	const mapped = await mappedLane(db, await definitionOf({ db }, lane, mapping), mapping);
	const results = mapped.skipped
		.map((row) => ({ name: inWords(mapped, row), value: row.row }))
		.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
	return { results };
}

/** `Leads: Job Title (jobtitle) ⇄ Unsubscribed (unsubscribed). Why. What to do` */
function inWords(mapped: MappedLane, { table, row, reason, remedy }: SkippedRow): string {
	const { columns, mapping } = tableOf(mapped, table);
	const many = TABLES.find((one) => one.table === table)?.many ?? 'Rows';
	const found = mapping.rows.find(({ id }) => id === row);
	// A rule without its row.
	if (!found) return `${many}: ${row}. ${reason}. ${remedy}`;
	const named = (name: string, known: ReadonlyMap<string, { label: string }>) =>
		known.has(name) ? `${known.get(name)!.label} (${name})` : name;
	const column = named(found.column, columns);
	const field = named(found.field, mapped.fields);
	const pair = {
		both: `${column} ⇄ ${field}`,
		toMarketo: `${column} → ${field}`,
		toDynamics: `${field} → ${column}`,
	}[found.direction];
	return `${many}: ${pair}. ${reason}. ${remedy}`;
}
