import type { Table } from '../items';
import { allNeedingHelp } from '../ledger/help';
import type { Ledger } from '../ledger/ledger';
import { allRefusals } from '../ledger/refusals';
import { readSubject, linkSubject } from '../ledger/subject';
import { PEOPLE } from './lanes';
import { recordName } from './words';

/** A record that needs help, or has fields that stay behind, for a list to pick from. */
export interface Needy {
	/** `lead:<id>`, `contact:<id>` or `person:<id>`; understood wherever a record is asked for. */
	subject: string;
	/** `Lead Ada Lovelace (60c4…)`. */
	name: string;
	reason: string;
	since: number;
}

/** The records that need help, the newest first; `filter` looks into name, id and reason. */
export async function needingHelp(
	ledger: Ledger,
	filter = '',
	most = 100,
	lane = PEOPLE,
): Promise<Needy[]> {
	const records = await allNeedingHelp(ledger.db, lane);
	const fields = await allRefusals(ledger.db, lane);
	const found = new Map<string, Needy>();
	const add = (
		subject: string,
		table: Table,
		id: string,
		label: string,
		reason: string,
		since: number,
	) => {
		if (!found.has(subject))
			found.set(subject, { subject, name: recordName(table, id, label), reason, since });
	};
	for (const row of records) {
		const { table, id } = readSubject(row.subject);
		add(row.subject, table, id, row.label, row.reason, row.since);
	}
	for (const row of fields) {
		add(
			linkSubject(row),
			row.table,
			row.dynamicsId,
			row.label,
			`${row.field}: ${row.reason}`,
			row.since,
		);
	}
	const wanted = filter.trim().toLowerCase();
	return [...found.values()]
		.filter((one) => `${one.name} ${one.reason}`.toLowerCase().includes(wanted))
		.sort((a, b) => b.since - a.since)
		.slice(0, most);
}
