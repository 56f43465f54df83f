import type { HelpItem, Table } from '../items';
import type { Due } from '../ledger/due';
import { helpTold, untoldHelp } from '../ledger/help';
import { refusalTold, untoldRefusals } from '../ledger/refusals';
import { CHILDREN } from '../lanes/references';
import type { Db } from '../ledger/schema';
import { readSubject, subjectOf } from '../ledger/subject';
import { heldUpBy, parentKey } from '../ledger/waiting';
import type { Page } from './page';
import { recordLink } from './show';
import { sourceOf } from './sources';

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
				row: { ...row, reason: row.reason + (await holdsUp(db, ref.lane, row)) },
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

/** R39: who needs help says whom it holds up. */
async function holdsUp(db: Db, lane: string, { subject, state }: Due): Promise<string> {
	if (state !== 'help') return '';
	const held = await heldUpBy(db, parentKey(lane, readSubject(subject).id));
	const records = held.map((some) => {
		const [one, more] = CHILDREN[some.lane] ?? ['record', 'records'];
		return `${some.records} ${some.records === 1 ? one : more}`;
	});
	if (records.length === 0) return '';
	return `. It holds up ${records.join(' and ')}`;
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
		dynamicsLink: isInDynamics
			? recordLink(page.address, sourceOf(page.definition, dynamics.table), dynamics.id)
			: '',
		since: new Date(row.since).toISOString(),
		run: row.run,
	};
}
