import { customObjectOf } from '../lanes/customTables';
import type { ShownValues } from '../ledger/history';
import type { DynamicsTable, Side, Table } from '../items';
import type { Columns } from '../ledger/columns';
import type { MappingRow } from '../mapping';
import { fieldName, valueInWords } from '../page/show';

export { fieldName, recordLink, valueInWords } from '../page/show';

/** `1 record`, `2 records`. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}

/** ISO 8601, UTC. */
export function iso(time: number): string {
	return new Date(time).toISOString();
}

/** A time in a sentence: `2024-05-01 10:00:03 UTC`. */
export function moment(time: number): string {
	return `${iso(time).slice(0, 19).replace('T', ' ')} UTC`;
}

export function systemName(side: Side): string {
	return side === 'dynamics' ? 'Dynamics' : 'Marketo';
}

const TABLE_NAMES: Record<Table, string> = {
	lead: 'Lead',
	contact: 'Contact',
	account: 'Account',
	systemuser: 'User',
	team: 'Team',
	person: 'Person',
	company: 'Company',
	salesPerson: 'Sales person',
	opportunity: 'Opportunity',
	potentialcustomer: 'Opportunity with its potential customer',
	connection: 'Connection',
	marketoOpportunity: 'Opportunity',
	opportunityRole: 'Opportunity role',
};

export function tableName(table: Table): string {
	return TABLE_NAMES[table] ?? customObjectOf(table) ?? table;
}

/** `Lead 60c4e274-…`, or with its label `Lead Ada Lovelace (60c4e274-…)`. */
export function recordName(table: Table, id: string, label: string): string {
	return label && label !== id
		? `${tableName(table)} ${label} (${id})`
		: `${tableName(table)} ${id}`;
}

/** `Job Title (jobtitle) = Job Title (title)`, as in the list of conflicts. */
export function rowName(
	id: string,
	rows: MappingRow[],
	columns: { dynamics: Columns; marketo: Columns },
): string {
	const row = rows.find((one) => one.id === id);
	if (!row) return id;
	return `${fieldName(columns.dynamics.get(row.column), row.column)} = ${fieldName(columns.marketo.get(row.field), row.field)}`;
}

/** Both values of a question, in words; null where they are not kept. */
export function valuesAsked(
	shown: ShownValues[string] | undefined,
	row: MappingRow | undefined,
	{ dynamics, marketo }: { dynamics: Columns; marketo: Columns },
): { dynamicsValue: string | null; marketoValue: string | null } {
	if (!shown) return { dynamicsValue: null, marketoValue: null };
	return {
		dynamicsValue: valueInWords(shown[0], row && dynamics.get(row.column)),
		marketoValue: valueInWords(shown[1], row && marketo.get(row.field)),
	};
}

/** Where a table of Dynamics is meant in a sentence: `Dynamics (lead)`. */
export function placeName(side: Side, table: DynamicsTable): string {
	return side === 'dynamics' ? `Dynamics (${table})` : 'Marketo';
}
