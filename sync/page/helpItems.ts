import type { HelpItem, Table } from '../items';
import { helpTold, untoldHelp } from '../ledger/due';
import { refusalTold, untoldRefusals } from '../ledger/refusals';
import { readSubject, subjectOf } from '../ledger/subject';
import type { Page } from './page';
import { recordLink } from './show';

/** Rows of "needs help" handed out per page at most; the rest come with the next. */
const MOST = 500;

/** Everything that needs help, or does no longer, and that nobody was shown yet. */
export async function helpItems(page: Page): Promise<HelpItem[]> {
	const { db, ref } = page;
	const items: HelpItem[] = [];
	const records = await untoldHelp(db, ref.lane, MOST);
	const fields = await untoldRefusals(db, ref.lane, MOST);
	for (const row of records) {
		const { table, id } = readSubject(row.subject);
		items.push(
			item(page, {
				key: row.subject,
				isSolved: row.state === 'solved',
				label: row.label || id,
				table,
				recordId: id,
				field: '',
				dynamics: { table, id },
				row,
			}),
		);
		await helpTold(db, row);
	}
	for (const row of fields) {
		const table: Table = row.side === 'marketo' ? page.definition.object : row.table;
		const recordId = row.side === 'marketo' ? (row.marketoId ?? row.dynamicsId) : row.dynamicsId;
		const key = `${subjectOf(row.table, row.dynamicsId)}:${row.side}:${row.field}`;
		items.push(
			item(page, {
				key,
				isSolved: row.isSolved,
				label: row.label || recordId,
				table,
				recordId,
				field: row.field,
				dynamics: { table: row.table, id: row.dynamicsId },
				row,
			}),
		);
		await refusalTold(db, row);
	}
	return items;
}

interface Told {
	key: string;
	isSolved: boolean;
	label: string;
	table: Table;
	recordId: string;
	field: string;
	/** The lead or contact that it is about, if it is one. */
	dynamics: { table: Table; id: string };
	row: { reason: string; remedy: string; since: number; run: string };
}

function item(page: Page, told: Told): HelpItem {
	const { key, isSolved, label, table, recordId, field, dynamics, row } = told;
	const isInDynamics = page.tables.has(dynamics.table);
	return {
		kind: 'help',
		page: page.token,
		id: key,
		status: isSolved ? 'solved' : 'needs help',
		label,
		table,
		recordId,
		field,
		reason: row.reason,
		remedy: row.remedy,
		dynamicsLink: isInDynamics ? recordLink(page.address, dynamics.table, dynamics.id) : '',
		since: new Date(row.since).toISOString(),
		run: row.run,
	};
}
