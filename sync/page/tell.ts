import type { HelpItem, Table } from '../items';
import { readSubject } from '../ledger/subject';
import type { PageState } from './pageState';

/** Rows of "needs help" handed out per page at most; the rest come with the next. */
const MOST = 500;

/** Everything that needs help, or does no longer, and that nobody was shown yet. */
export async function tellHelp(state: PageState): Promise<HelpItem[]> {
	const { db } = state;
	const records = await db.selectFrom('queue').selectAll().where('state', 'in', ['help', 'solved']).where('told', '=', 0).limit(MOST).execute();
	const fields = await db
		.selectFrom('held')
		.innerJoin('link', 'link.id', 'held.link')
		.selectAll('held')
		.select(['link.table_name', 'link.dynamics_id', 'link.marketo_id'])
		.where('held.told', '=', 0)
		.limit(MOST)
		.execute();
	const items: HelpItem[] = [];
	for (const row of records) {
		const { table, id } = readSubject(row.subject);
		items.push(item(state, { key: row.subject, label: row.label || id, table, recordId: id, field: '', row }));
		if (row.state === 'help') await db.updateTable('queue').set({ told: 1 }).where('subject', '=', row.subject).execute();
		else if (row.due_at > 0) await db.updateTable('queue').set({ state: 'due', told: 1 }).where('subject', '=', row.subject).execute();
		else await db.deleteFrom('queue').where('subject', '=', row.subject).execute();
	}
	for (const row of fields) {
		const table: Table = row.side === 'marketo' ? 'person' : row.table_name;
		const recordId = row.side === 'marketo' ? (row.marketo_id ?? row.dynamics_id) : row.dynamics_id;
		items.push(item(state, { key: `${row.table_name}:${row.dynamics_id}:${row.side}:${row.field}`, label: row.label || recordId, table, recordId, field: row.field, row }));
		const one = { link: row.link, side: row.side, field: row.field };
		const found = db.updateTable('held').set({ told: 1 }).where('link', '=', one.link).where('side', '=', one.side).where('field', '=', one.field);
		if (row.state === 'held') await found.execute();
		else await db.deleteFrom('held').where('link', '=', one.link).where('side', '=', one.side).where('field', '=', one.field).execute();
	}
	return items;
}

interface Told {
	key: string;
	label: string;
	table: Table;
	recordId: string;
	field: string;
	row: { state: string; reason: string; remedy: string; since: number; run: string };
}

function item(state: PageState, told: Told): HelpItem {
	return {
		kind: 'help',
		page: state.token,
		id: told.key,
		status: told.row.state === 'solved' ? 'solved' : 'needs help',
		label: told.label,
		table: told.table,
		recordId: told.recordId,
		field: told.field,
		reason: told.row.reason,
		remedy: told.row.remedy,
		since: new Date(told.row.since).toISOString(),
		run: told.row.run,
	};
}
