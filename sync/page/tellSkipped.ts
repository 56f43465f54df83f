import type { HelpItem } from '../items';
import { metaValue, setMeta } from '../ledger/meta';
import type { SkippedRow } from './catalogue';
import type { PageState } from './pageState';

/** A skipped row as people were shown it. */
type Told = SkippedRow & Pick<HelpItem, 'table' | 'since' | 'run'>;

/** Rows of the mapping that are left out, and those that are no longer: each is told once, and anew where the cause has changed. */
export async function tellSkipped(state: PageState): Promise<HelpItem[]> {
	const { db, ref, skipped } = state;
	const name = `skippedRows.${ref.lane}`;
	const before = JSON.parse((await metaValue(db, name)) ?? '[]') as Told[];
	const since = new Date(state.now).toISOString();
	const now = skipped.map(
		({ table, ...row }): Told =>
			before.find((told) => told.table === table && isSame(told, row)) ?? {
				...row,
				table,
				since,
				run: ref.run,
			},
	);
	const news = now.filter((told) => !before.includes(told));
	const over = before.filter((told) => !now.some((one) => isAt(one, told)));
	if (news.length + over.length > 0) await setMeta(db, name, JSON.stringify(now));
	return [
		...news.map((told) => item(state, told, 'needs help')),
		...over.map((told) => item(state, told, 'solved')),
	];
}

const isAt = (one: Told, other: Told) => one.table === other.table && one.row === other.row;

const isSame = (one: SkippedRow, other: SkippedRow) =>
	one.row === other.row && one.reason === other.reason && one.remedy === other.remedy;

function item(state: PageState, told: Told, status: HelpItem['status']): HelpItem {
	const { table, row, reason, remedy, since, run } = told;
	return {
		kind: 'help',
		page: state.token,
		id: `mapping:${table}:${row}`,
		status,
		label: 'Field mapping',
		table,
		recordId: '',
		field: row,
		reason,
		remedy,
		since,
		run,
	};
}
